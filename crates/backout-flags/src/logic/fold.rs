//! The interpreter: what is constant is worked out at once, lazy operators when they are asked.
//!
//! Must not know: how the rest is compiled, flags.

use std::sync::Arc;

use super::{
    op::{self, Op},
    value::{Outcome, Thrown, V, error, invalid},
};

type Fails<T> = Result<T, Box<Thrown<'static>>>;

pub fn unknown<T>(key: Option<&Arc<str>>) -> Fails<T> {
    Err(Box::new(Thrown::Kind("Unknown Operator", key.cloned())))
}

/// Where a constant may stand.
#[derive(Clone, Copy, Default, Debug)]
pub struct Inside {
    pub iterator: bool,
    pub attempt: bool,
}

/// The entries of a map with the operator of its first key.
pub fn first(logic: &V<'static>) -> Option<(Arc<str>, V<'static>)> {
    if let V::Map(entries) = logic { entries.first().cloned() } else { None }
}

/// `value[place]` of anything written.
fn place(value: &V<'static>, at: usize) -> Fails<V<'static>> {
    value.get(&at.to_string())
}

/// Whether this is the same whatever the context.
pub fn constant(logic: &V<'static>, inside: Inside) -> Fails<bool> {
    if logic.is_list() {
        return all_constant(logic.items(), inside);
    }
    let Some((name, lower)) = first(logic) else { return Ok(true) };
    let Some(op) = Op::named(&name) else { return unknown(Some(&name)) };
    match op {
        Op::StartsWith | Op::EndsWith | Op::SemVer | Op::Fractional | Op::Exists | Op::MissingSome => Ok(false),
        Op::Preserve => Ok(true),
        Op::Missing => Ok(lower.count() == Some(0)),
        Op::Var => Ok(inside.iterator && !lower.print().contains("../../")),
        Op::Val => Ok(inside.iterator && {
            let first = lower.item(0);
            !first.is_list() || first.item(0).to_number().abs() < 2.0 || first.item(0).to_number().is_nan()
        }),
        Op::Throw => Ok(inside.attempt && constant(&lower, inside)?),
        Op::Map | Op::Some | Op::All | Op::None | Op::Filter | Op::Reduce => {
            Ok(constant(&place(&lower, 0)?, inside)?
                && constant(&place(&lower, 1)?, Inside { iterator: true, ..inside })?)
        }
        Op::Try => Ok(constant(&place(&lower, 0)?, Inside { attempt: true, ..inside })?
            && constant(&lower, Inside { iterator: true, attempt: true })?),
        Op::Pipe => match lower.count() {
            None => Ok(false),
            Some(0) => Ok(true),
            Some(_) => Ok(constant(&lower.item(0), inside)?
                && all_constant(lower.items().skip(1), Inside { iterator: true, ..inside })?),
        },
        Op::EachKey => {
            if !lower.is_object() {
                return invalid();
            }
            all_constant(lower.own_keys().iter().filter_map(|key| lower.own(key)), inside)
        }
        _ => constant(&lower, inside),
    }
}

fn all_constant(items: impl Iterator<Item = V<'static>>, inside: Inside) -> Fails<bool> {
    for item in items {
        if !constant(&item, inside)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// An expression of the interpreter.
#[derive(Debug)]
pub enum Node {
    Const(V<'static>),
    List(Vec<Node>),
    /// Its argument is evaluated first; the flag makes a list of it.
    Eager(Op, Box<Node>, bool),
    Lazy(Lazy),
    If(Box<[Node; 3]>),
    Compare(Op, Vec<Node>),
    /// A path, of which a false part ends the way.
    Path(Vec<V<'static>>),
    Whole,
    /// One key; nothing of what has no keys.
    Layer(V<'static>),
}

/// A lazy operator with what is written there; each part fails only when it is asked for.
#[derive(Debug)]
pub struct Lazy {
    op: Op,
    raw: V<'static>,
    parts: Vec<Result<Node, Box<Thrown<'static>>>>,
    whole: Option<Box<Result<Node, Box<Thrown<'static>>>>>,
}

impl Lazy {
    pub fn new(op: Op, raw: V<'static>) -> Self {
        let parts = match op {
            Op::Preserve => Vec::new(),
            Op::EachKey => raw.own_keys().iter().filter_map(|key| raw.own(key)).map(|item| optimized(&item)).collect(),
            _ => raw.items().map(|item| optimized(&item)).collect(),
        };
        let whole = matches!(op, Op::Length | Op::Try).then(|| Box::new(optimized(&raw)));
        Self { op, raw, parts, whole }
    }
}

/// What runs this expression.
pub fn optimized(logic: &V<'static>) -> Fails<Node> {
    if logic.is_list() {
        let nodes: Vec<Node> = logic.items().map(|item| optimized(&item)).collect::<Fails<_>>()?;
        return Ok(listed(nodes));
    }
    let V::Map(entries) = logic else { return Ok(Node::Const(logic.clone())) };
    if let Some(node) = idiom(logic)? {
        return Ok(node);
    }
    let Some((name, lower)) = entries.first() else { return Ok(Node::Const(logic.clone())) };
    if entries.len() > 1 {
        return unknown(None);
    }
    let constant = constant(logic, Inside::default())?;
    let Some(op) = Op::named(name) else { return unknown(Some(name)) };
    let node = method(op, lower)?;
    if constant {
        let found = node.run(&V::Undefined, &V::list(Vec::new())).map_err(|thrown| thrown.detached())?;
        return Ok(Node::Const(found.detached()));
    }
    Ok(node)
}

fn listed(nodes: Vec<Node>) -> Node {
    if nodes.iter().all(|node| matches!(node, Node::Const(_))) {
        return Node::Const(V::list(
            nodes
                .into_iter()
                .filter_map(|node| if let Node::Const(value) = node { Some(value) } else { None })
                .collect(),
        ));
    }
    Node::List(nodes)
}

fn method(op: Op, lower: &V<'static>) -> Fails<Node> {
    if op.is_lazy() {
        return Ok(Node::Lazy(Lazy::new(op, lower.clone())));
    }
    let mut args = lower.clone();
    if !args.is_object() && !op.is_unary() {
        args = V::list(vec![args]);
    }
    if op.is_unary() && args.count() == Some(1) && !args.item(0).is_list() {
        args = args.item(0);
    }
    let node = optimized(&args)?;
    if args.is_list() {
        return Ok(Node::Eager(op, Box::new(node), false));
    }
    if !op.is_unary() {
        return Ok(Node::Eager(op, Box::new(node), true));
    }
    if let (Op::Var | Op::Val, Node::Const(key)) = (op, &node) {
        if op == Op::Var && !key.holds() {
            return Ok(Node::Whole);
        }
        let plain = match key {
            V::Num(_) => true,
            V::Str(text) => !text.contains(['.', '\\']),
            _ if op == Op::Val => true,
            list if list.is_list() => !op::includes(list, &V::text("."))?.holds(),
            _ => return error("includes is not a function"),
        };
        if plain || op == Op::Val {
            return Ok(Node::Layer(key.clone()));
        }
        if let Some(text) = key.as_text()
            && !text.starts_with("../")
        {
            let path = op::path(text);
            if path.len() == 2 || path.len() == 3 {
                return Ok(Node::Path(path.iter().map(|part| V::text(part)).collect()));
            }
        }
    }
    Ok(Node::Eager(op, Box::new(node), false))
}

/// Shapes that the reference treats apart, before it looks at anything else.
fn idiom(logic: &V<'static>) -> Fails<Option<Node>> {
    let named = |name: &str| logic.own(name).filter(V::is_list);
    if let Some(keys) = named("val")
        && let Some(1..=3) = keys.count()
        && keys.items().all(|key| !key.is_object() && !matches!(key, V::Null))
    {
        return Ok(Some(Node::Path(keys.items().collect())));
    }
    let choice = logic.own("if").filter(V::holds).or_else(|| logic.own("?:"));
    if let Some(parts) = choice
        && parts.count() == Some(3)
    {
        let [test, yes, no] = [0, 1, 2].map(|at| optimized(&parts.item(at)));
        let (test, yes, no) = (test?, yes?, no?);
        if let Node::Const(test) = &test {
            return Ok(Some(if test.truthy() { yes } else { no }));
        }
        return Ok(Some(Node::If(Box::new([test, yes, no]))));
    }
    if let Some(parts) = named("filter")
        && parts.count() == Some(2)
        && let Node::Const(keep) = optimized(&parts.item(1))?
    {
        return if keep.truthy() {
            optimized(&parts.item(0)).map(Some)
        } else {
            Ok(Some(Node::Const(V::list(Vec::new()))))
        };
    }
    for name in ["<", "<=", ">", ">=", "==", "===", "!=", "!=="] {
        if let Some(parts) = named(name)
            && let Some(2..=3) = parts.count()
            && let Some(op) = Op::named(name)
        {
            let nodes: Vec<Node> = parts.items().map(|part| optimized(&part)).collect::<Fails<_>>()?;
            let node = Node::Compare(op, nodes);
            if let Node::Compare(_, nodes) = &node
                && nodes.iter().all(|node| matches!(node, Node::Const(_)))
            {
                let found = node.run(&V::Undefined, &V::list(Vec::new())).map_err(|thrown| thrown.detached())?;
                return Ok(Some(Node::Const(found.detached())));
            }
            return Ok(Some(node));
        }
    }
    if let Some(parts) = named("reduce") {
        let (root, mapper, start) = (parts.item(0), parts.item(1), parts.item(2));
        for (name, start) in [
            ("+", if start.holds() { start.clone() } else { V::Num(0.0) }),
            ("*", if matches!(start, V::Undefined) { V::Num(1.0) } else { start.clone() }),
        ] {
            let pair = mapper.get(name)?;
            if !pair.is_list() || pair.count() != Some(2) {
                continue;
            }
            let keys = [0, 1].map(|at| pair.item(at).own("var").unwrap_or(V::Undefined));
            let reads = |key: &str| keys.iter().any(|one| one.as_text() == Some(key));
            if keys.iter().all(V::holds) && reads("accumulator") && reads("current") {
                let sum = |data| V::map(vec![(name.into(), data)]);
                return optimized(&sum(V::list(vec![sum(root), start]))).map(Some);
            }
        }
    }
    Ok(None)
}

impl Node {
    pub fn run<'a>(&'a self, context: &V<'a>, above: &V<'a>) -> Outcome<'a> {
        match self {
            Self::Const(value) => Ok(value.clone()),
            Self::List(nodes) => {
                Ok(V::list(nodes.iter().map(|node| node.run(context, above)).collect::<Result<_, _>>()?))
            }
            Self::Eager(op, node, coerced) => {
                let data = node.run(context, above)?;
                op::call(*op, if *coerced { data.coerced() } else { data }, context, above)
            }
            Self::Lazy(lazy) => lazy.run(context, above),
            Self::If(nodes) => {
                let [test, yes, no] = &**nodes;
                if test.run(context, above)?.truthy() { yes.run(context, above) } else { no.run(context, above) }
            }
            Self::Compare(op, nodes) => {
                let mut left = nodes[0].run(context, above)?;
                for node in &nodes[1..] {
                    let right = node.run(context, above)?;
                    if !op::compared(*op, &left, &right)? {
                        return Ok(V::Bool(false));
                    }
                    left = right;
                }
                Ok(V::Bool(true))
            }
            Self::Path(keys) => {
                let mut found = context.clone();
                for key in keys {
                    if !found.holds() {
                        break;
                    }
                    found = found.at(key)?;
                }
                Ok(if matches!(found, V::Undefined | V::Function) { V::Null } else { found })
            }
            Self::Whole => Ok(if matches!(context, V::Undefined | V::Function) { V::Null } else { context.clone() }),
            Self::Layer(key) => {
                if !context.holds() {
                    return Ok(V::Null);
                }
                let found = context.at(key)?;
                Ok(if matches!(found, V::Undefined | V::Function) { V::Null } else { found })
            }
        }
    }
}

/// A context that is nothing is an empty one.
fn or_empty<'a>(context: &V<'a>) -> V<'a> {
    if matches!(context, V::Undefined) { V::map(Vec::new()) } else { context.clone() }
}

impl Lazy {
    fn part<'a>(&'a self, at: usize, context: &V<'a>, above: &V<'a>) -> Outcome<'a> {
        match self.parts.get(at) {
            None => Ok(V::Undefined),
            Some(Ok(Node::Const(value))) => Ok(value.clone()),
            Some(Ok(node)) => node.run(&or_empty(context), above),
            Some(Err(thrown)) => Err(thrown.clone()),
        }
    }

    fn whole<'a>(&'a self, context: &V<'a>, above: &V<'a>) -> Outcome<'a> {
        match self.whole.as_deref() {
            Some(Ok(node)) => node.run(&or_empty(context), above),
            Some(Err(thrown)) => Err(thrown.clone()),
            None => Ok(V::Undefined),
        }
    }

    pub fn run<'a>(&'a self, context: &V<'a>, above: &V<'a>) -> Outcome<'a> {
        let op = self.op;
        let count = self.parts.len();
        match op {
            Op::Preserve => return Ok(self.raw.clone()),
            Op::Length => return self.length(context, above),
            Op::EachKey => {
                if self.raw.is_nullish() {
                    return error("Cannot convert undefined or null to object");
                }
                let mut made = Vec::with_capacity(count);
                for (at, key) in self.raw.own_keys().into_iter().enumerate() {
                    made.push((key, self.part(at, context, above)?));
                }
                return Ok(V::map(made));
            }
            Op::Try => return self.attempt(context, above),
            _ => {}
        }
        if !self.raw.is_list() {
            return invalid();
        }
        match op {
            Op::If => {
                if count == 1 {
                    return self.part(0, context, above);
                }
                let mut at = 0;
                while at + 1 < count {
                    if self.part(at, context, above)?.truthy() {
                        return self.part(at + 1, context, above);
                    }
                    at += 2;
                }
                if count % 2 == 1 { self.part(count - 1, context, above) } else { Ok(V::Null) }
            }
            Op::Or | Op::And => {
                let mut item = V::Null;
                for at in 0..count {
                    item = self.part(at, context, above)?;
                    if item.truthy() == (op == Op::Or) {
                        break;
                    }
                }
                Ok(item)
            }
            Op::Coalesce => {
                for at in 0..count {
                    let item = self.part(at, context, above)?;
                    if !item.is_nullish() {
                        return Ok(item);
                    }
                }
                Ok(V::Null)
            }
            Op::Pipe => {
                let above = V::list(vec![self.raw.clone(), context.clone(), above.clone()]);
                let mut answer = self.part(0, context, &above)?;
                for at in 1..count {
                    answer = self.part(at, &answer, &above)?;
                }
                Ok(answer)
            }
            Op::Reduce => self.reduced(context, above),
            Op::Map | Op::Filter | Op::Some | Op::All | Op::None => self.iterated(context, above),
            _ if op.is_comparison() => self.compared(context, above),
            _ => invalid(),
        }
    }

    fn length<'a>(&'a self, context: &V<'a>, above: &V<'a>) -> Outcome<'a> {
        if !self.raw.holds() {
            return invalid();
        }
        let found = self.whole(context, above)?;
        let found = if self.raw.is_list() { found.item(0) } else { found };
        match &found {
            V::Str(_) => found.get("length"),
            list if list.is_list() => list.get("length"),
            map if map.is_object() => Ok(V::Num(map.own_keys().len() as f64)),
            _ => invalid(),
        }
    }

    fn attempt<'a>(&'a self, context: &V<'a>, above: &V<'a>) -> Outcome<'a> {
        if !self.raw.is_list() {
            return self.whole(context, above);
        }
        let mut last: Option<Box<Thrown<'a>>> = None;
        for at in 0..self.parts.len() {
            let tried = match last.as_deref() {
                None | Some(Thrown::Value(V::Null)) => self.part(at, context, above),
                Some(thrown) => {
                    let said = V::map(vec![("type".into(), kind(thrown, true)?)]);
                    self.part(at, &said, &V::list(vec![V::Null, context.clone(), above.clone()]))
                }
            };
            match tried {
                Ok(found) => return Ok(found),
                Err(thrown) => last = Some(thrown),
            }
        }
        Err(last.unwrap_or_else(|| Box::new(Thrown::Value(V::Undefined))))
    }

    fn compared<'a>(&'a self, context: &V<'a>, above: &V<'a>) -> Outcome<'a> {
        if self.parts.len() <= 1 {
            return invalid();
        }
        let mut left = self.part(0, context, above)?;
        if self.parts.len() == 2 {
            let right = self.part(1, context, above)?;
            return op::compared(self.op, &left, &right).map(V::Bool);
        }
        let textual = |value: &V<'_>| matches!(value, V::Str(_) | V::Null);
        for at in 1..self.parts.len() {
            let right = self.part(at, context, above)?;
            let by_value = self.op.is_strict() || (textual(&right) && textual(&left));
            if by_value && !self.op.compare(&left, &right) {
                return Ok(V::Bool(false));
            }
            if op::arithmetic(right.clone())?.is_nan() && !matches!(left, V::Null) {
                return super::value::not_a_number();
            }
            if at == 1 && op::arithmetic(left.clone())?.is_nan() {
                return super::value::not_a_number();
            }
            if !self.op.compare(&V::Num(left.to_number()), &V::Num(right.to_number())) {
                return Ok(V::Bool(false));
            }
            left = right;
        }
        Ok(V::Bool(true))
    }

    fn iterated<'a>(&'a self, context: &V<'a>, above: &V<'a>) -> Outcome<'a> {
        let op = self.op;
        let found = self.part(0, context, above)?;
        let list = if found.holds() { found } else { V::list(Vec::new()) };
        let by_place = matches!(op, Op::Some | Op::All | Op::None);
        let count = match &list {
            list if list.is_list() => list.count().unwrap_or(0),
            V::Str(text) if by_place => text.encode_utf16().count(),
            _ if by_place => 0,
            _ => return error("is not a function"),
        };
        if op == Op::All && list.is_list() && count == 0 {
            return Ok(V::Bool(false));
        }
        let mut made = Vec::new();
        for at in 0..count {
            let item = if list.is_list() { list.item(at) } else { list.get(&at.to_string())? };
            let around = if by_place {
                list.clone()
            } else {
                V::map(vec![("iterator".into(), list.clone()), ("index".into(), V::Num(at as f64))])
            };
            let above = V::list(vec![around, context.clone(), above.clone()]);
            let mapped = self.part(1, &item, &above)?;
            match op {
                Op::Map => made.push(mapped),
                Op::Filter if mapped.truthy() => made.push(item),
                Op::Some | Op::None if mapped.truthy() => return Ok(V::Bool(op == Op::Some)),
                Op::All if !mapped.truthy() => return Ok(V::Bool(false)),
                _ => {}
            }
        }
        Ok(if by_place { V::Bool(op != Op::Some) } else { V::list(made) })
    }

    fn reduced<'a>(&'a self, context: &V<'a>, above: &V<'a>) -> Outcome<'a> {
        let start = op::shallow(self.part(2, context, above)?)?;
        let found = self.part(0, context, above)?;
        let list = if found.holds() { found } else { V::list(Vec::new()) };
        if !list.is_list() {
            return error("selector.reduce is not a function");
        }
        let above = V::list(vec![list.clone(), context.clone(), above.clone()]);
        reduce(&list, start, |accumulator, current| {
            let pair = V::map(vec![("accumulator".into(), accumulator), ("current".into(), current)]);
            op::shallow(self.part(1, &pair, &above)?)
        })
    }
}

/// `reduce` of JavaScript; undefined is no start.
pub fn reduce<'a>(list: &V<'a>, start: V<'a>, mut step: impl FnMut(V<'a>, V<'a>) -> Outcome<'a>) -> Outcome<'a> {
    let mut items = list.items();
    let mut found = match start {
        V::Undefined => match items.next() {
            Some(first) => first,
            None => return error("Reduce of empty array with no initial value"),
        },
        start => start,
    };
    for item in items {
        found = step(found, item)?;
    }
    Ok(found)
}

/// What an error says of itself to the next try.
pub fn kind<'a>(thrown: &Thrown<'a>, interpreted: bool) -> Outcome<'a> {
    Ok(match thrown {
        Thrown::NotANumber => V::text("NaN"),
        Thrown::Kind(kind, _) => V::text(kind),
        Thrown::Error(said) => V::text(said),
        Thrown::Value(value) => {
            let keys: &[&str] = if interpreted { &["type", "error", "message"] } else { &["type", "message"] };
            for key in keys {
                let found = value.get(key)?;
                if found.holds() {
                    return Ok(found);
                }
            }
            match value {
                list if interpreted && list.is_list() => V::text("Array"),
                _ if interpreted => V::text("Object"),
                other => V::Str(other.print()),
            }
        }
    })
}
