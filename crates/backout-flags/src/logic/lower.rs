//! From a written expression to one that runs, by the precedence that the reference's own
//! generated code has: parts stand beside each other there without parentheses.
//!
//! Must not know: contexts, flags.

use std::sync::Arc;

use super::{
    fold::{self, Inside, Lazy, Node},
    number,
    op::{self, Op},
    run::{E, Func, Step},
    value::{Thrown, V, error, invalid, not_a_number},
};

type Fails<T> = Result<T, Box<Thrown<'static>>>;

/// A piece of generated code.
#[derive(Debug)]
enum Tok {
    Atom(E),
    /// `+ - < === && || ?? ? :`
    Sign(&'static str),
}
type Toks = Vec<Tok>;

/// Where code is generated for.
#[derive(Clone, Copy, Default, Debug)]
struct Place {
    /// Within a list's function, however deep: `../index` is its place there.
    iterating: bool,
}

fn atom(expression: E) -> Toks {
    vec![Tok::Atom(expression)]
}

fn literal(value: V<'static>) -> E {
    match value {
        // As its JSON would read.
        V::Num(0.0) => E::Const(V::Num(0.0)),
        value => E::Const(value),
    }
}

/// Compiles one expression; fails where the reference cannot build it.
pub fn compiled(logic: &V<'static>) -> Fails<Func> {
    function(logic, Place::default(), false)
}

fn function(logic: &V<'static>, place: Place, indexed: bool) -> Fails<Func> {
    let toks = built(logic, place)?;
    // Constants of undefined have no code.
    let Some(toks) = toks else { return error("Cannot read properties of undefined (reading 'includes')") };
    Ok(Func { body: parsed(toks)?, indexed })
}

/// The code of a part, `undefined` where it has none.
fn code(logic: &V<'static>, place: Place) -> Fails<Toks> {
    Ok(built(logic, place)?.unwrap_or_else(|| atom(E::Const(V::Undefined))))
}

fn expression(logic: &V<'static>, place: Place) -> Fails<E> {
    parsed(code(logic, place)?)
}

fn boxed(logic: &V<'static>, place: Place) -> Fails<Box<E>> {
    expression(logic, place).map(Box::new)
}

fn built(logic: &V<'static>, place: Place) -> Fails<Option<Toks>> {
    if logic.is_list() {
        let mut items = Vec::new();
        for item in logic.items() {
            items.push(expression(&item, place)?);
        }
        return Ok(Some(atom(listed(items))));
    }
    let V::Map(entries) = logic else {
        return Ok(if matches!(logic, V::Undefined) { None } else { Some(atom(literal(logic.clone()))) });
    };
    let Some((name, lower)) = entries.first().filter(|(name, _)| !name.is_empty()) else {
        return Ok(Some(atom(E::Const(logic.clone()))));
    };
    let op = match Op::named(name) {
        Some(op) if entries.len() == 1 => op,
        _ => return fold::unknown(Some(name)),
    };
    if fold::constant(logic, Inside::default())? {
        let node = fold::optimized(logic)?;
        let empty = V::list(Vec::new());
        let found = node.run(&V::map(Vec::new()), &empty).map_err(|thrown| thrown.detached())?.detached();
        return Ok(if matches!(found, V::Undefined) { None } else { Some(atom(literal(found))) });
    }
    let lower = if lower.is_object() || op.is_lazy() { lower.clone() } else { V::list(vec![lower.clone()]) };
    if let Some(toks) = template(op, &lower, place)? {
        return Ok(Some(toks));
    }
    called(op, &lower, place).map(atom).map(Some)
}

/// Constant items are one value.
fn listed(items: Vec<E>) -> E {
    if items.iter().all(|item| matches!(item, E::Const(_))) {
        return E::Const(V::list(
            items.into_iter().filter_map(|item| if let E::Const(value) = item { Some(value) } else { None }).collect(),
        ));
    }
    E::List(items)
}

/// The operator itself, called with its arguments.
fn called(op: Op, lower: &V<'static>, place: Place) -> Fails<E> {
    if op.is_lazy() {
        return Ok(E::Node(Node::Lazy(Lazy::new(op, lower.clone()))));
    }
    let single = op.is_unary() && lower.count() == Some(1) && !lower.item(0).is_list();
    let args = if single { lower.item(0) } else { lower.clone() };
    let coerced = !op.is_unary() && !args.is_list();
    Ok(E::Call { op, args: boxed(&args, place)?, coerced })
}

/// Operators with code of their own.
fn template(op: Op, lower: &V<'static>, place: Place) -> Fails<Option<Toks>> {
    let list = lower.is_list();
    let count = lower.count().unwrap_or(0);
    Ok(Some(match op {
        Op::If if list && count >= 3 => conditional(lower, count, place)?,
        Op::And | Op::Or if list => decided(op, lower, place)?,
        Op::Coalesce if list && count > 0 => coalesced(lower, count, place)?,
        Op::Coalesce => atom(E::CoalesceList(boxed(lower, place)?)),
        Op::Try if list && count > 0 => atom(attempt(lower, place)?),
        Op::Not | Op::Bool => {
            let of = if list { lower.item(0) } else { lower.clone() };
            atom(E::Truthy { of: boxed(&of, place)?, not: op == Op::Not })
        }
        Op::In if list => contained(lower, place)?,
        Op::Cat if list => concatenated(lower, place)?,
        Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Mod => return arithmetic(op, lower, place).map(Some),
        Op::Map | Op::Filter | Op::Some | Op::None | Op::All => return iterating(op, lower, place),
        Op::Reduce => reduced(lower, place)?,
        Op::Pipe => piped(lower, place)?,
        Op::EachKey => each_key(lower, place)?,
        Op::Get if list && count <= 3 => return got(lower, count, place),
        Op::Var => return variable(lower, place),
        Op::Val => return valued(lower, place),
        Op::Missing => return Ok(missing(lower)),
        Op::MissingSome => return missing_some(lower, place),
        _ if op.is_comparison() && list && count >= 2 => compared(op, lower, place)?,
        _ => return Ok(None),
    }))
}

fn conditional(lower: &V<'static>, count: usize, place: Place) -> Fails<Toks> {
    let mut arms = Vec::new();
    for at in (0..count - count % 2).step_by(2).filter(|at| at + 1 < count) {
        arms.push((expression(&lower.item(at), place)?, expression(&lower.item(at + 1), place)?));
    }
    let last = if count % 2 == 1 { lower.item(count - 1) } else { V::Null };
    Ok(atom(E::If { arms, last: boxed(&last, place)? }))
}

/// `and`, `or`: the first part that settles it.
fn decided(op: Op, lower: &V<'static>, place: Place) -> Fails<Toks> {
    let mut toks = Vec::new();
    for item in lower.items() {
        let of = Box::new(E::SetLast(boxed(&item, place)?));
        let test = if op == Op::And { E::Truthy { of, not: true } } else { E::Verdict(of) };
        toks.extend([Tok::Atom(test), Tok::Sign("?"), Tok::Atom(E::Last), Tok::Sign(":")]);
    }
    toks.push(Tok::Atom(E::Last));
    Ok(toks)
}

fn coalesced(lower: &V<'static>, count: usize, place: Place) -> Fails<Toks> {
    let mut toks = Vec::new();
    for (at, item) in lower.items().enumerate() {
        if at > 0 {
            toks.push(Tok::Sign("??"));
        }
        let bare = !matches!(item, V::Map(_)) || at + 1 == count;
        match built(&item, place)? {
            // Nothing stands between the signs then.
            None => return error("Unexpected token '??'"),
            Some(one) if bare => toks.extend(one),
            Some(one) => toks.push(Tok::Atom(parsed(one)?)),
        }
    }
    Ok(atom(parsed(toks)?))
}

fn contained(lower: &V<'static>, place: Place) -> Fails<Toks> {
    let mut toks = code(&lower.item(1), place)?;
    toks.extend([Tok::Sign("||"), Tok::Atom(E::List(Vec::new()))]);
    Ok(atom(E::In { list: Box::new(parsed(toks)?), item: boxed(&lower.item(0), place)? }))
}

fn concatenated(lower: &V<'static>, place: Place) -> Fails<Toks> {
    let mut toks = atom(E::Const(V::text("")));
    for item in lower.items() {
        toks.push(Tok::Sign("+"));
        toks.extend(code(&item, place)?);
    }
    Ok(atom(parsed(toks)?))
}

fn reduced(lower: &V<'static>, place: Place) -> Fails<Toks> {
    if !lower.is_list() {
        return invalid();
    }
    let start = if lower.count().unwrap_or(0) > 2 { Some(boxed(&lower.item(2), place)?) } else { None };
    let of = or_empty(code(&lower.item(0), place)?)?;
    let with = Box::new(function(&lower.item(1), place, false)?);
    Ok(atom(E::Reduce { of, with, start }))
}

fn piped(lower: &V<'static>, place: Place) -> Fails<Toks> {
    if lower.is_nullish() {
        return error("Cannot read properties of null (reading '0')");
    }
    let mut found = expression(&lower.item(0), place)?;
    for item in lower.items().skip(1) {
        found = E::Pipe { of: Box::new(found), with: Box::new(function(&item, place, false)?) };
    }
    Ok(atom(found))
}

fn each_key(lower: &V<'static>, place: Place) -> Fails<Toks> {
    let mut made = Vec::new();
    for key in lower.own_keys() {
        let value = lower.own(&key).unwrap_or(V::Undefined);
        made.push((key, expression(&value, place)?));
    }
    Ok(atom(E::Map(made)))
}

fn got(lower: &V<'static>, count: usize, place: Place) -> Fails<Option<Toks>> {
    let key = lower.item(1);
    if key.is_object() {
        return Ok(None);
    }
    if key.is_nullish() {
        return error("Cannot read properties of undefined (reading 'toString')");
    }
    let steps = op::path(&key.print()).iter().map(|part| E::Const(V::text(part))).collect();
    let of = E::Chain { of: boxed(&lower.item(0), place)?, steps };
    let or = if count > 2 { lower.item(2) } else { V::Null };
    let mut toks = vec![Tok::Atom(of), Tok::Sign("??")];
    toks.extend(code(&or, place)?);
    Ok(Some(atom(parsed(toks)?)))
}

fn missing_some(lower: &V<'static>, place: Place) -> Fails<Option<Toks>> {
    if !lower.is_list() {
        return error("undefined is not iterable");
    }
    let options = lower.item(1);
    let Some(size) = options.count() else { return Ok(None) };
    let found = match missing(&options) {
        Some(toks) => parsed(toks)?,
        None => E::Call { op: Op::Missing, args: Box::new(E::Const(options)), coerced: false },
    };
    let mut toks = vec![
        Tok::Atom(E::Const(V::Num(size as f64))),
        Tok::Sign("-"),
        Tok::Atom(E::Size(Box::new(E::SetLast(Box::new(found))))),
        Tok::Sign("<"),
    ];
    toks.extend(code(&lower.item(0), place)?);
    toks.extend([Tok::Sign("?"), Tok::Atom(E::Last), Tok::Sign(":"), Tok::Atom(E::List(Vec::new()))]);
    Ok(Some(toks))
}

fn compared(op: Op, lower: &V<'static>, place: Place) -> Fails<Toks> {
    let first = boxed(&lower.item(0), place)?;
    let mut rest = Vec::new();
    for item in lower.items().skip(1) {
        rest.push(expression(&item, place)?);
    }
    Ok(atom(E::Compare { op, first, rest }))
}

/// `(code || [])`
fn or_empty(mut toks: Toks) -> Fails<Box<E>> {
    toks.extend([Tok::Sign("||"), Tok::Atom(E::List(Vec::new()))]);
    parsed(toks).map(Box::new)
}

fn iterating(op: Op, lower: &V<'static>, place: Place) -> Fails<Option<Toks>> {
    if !lower.is_list() {
        return if op == Op::All { Ok(None) } else { invalid() };
    }
    let list = code(&lower.item(0), place)?;
    let with = Box::new(function(&lower.item(1), Place { iterating: true }, true)?);
    if op != Op::All {
        return Ok(Some(atom(E::Each { op, of: or_empty(list)?, with })));
    }
    let last = or_empty(atom(E::Last))?;
    Ok(Some(vec![
        Tok::Atom(E::SetLastIsList(Box::new(parsed(list)?))),
        Tok::Sign("&&"),
        Tok::Atom(E::LastHas(0)),
        Tok::Sign("?"),
        Tok::Atom(E::Const(V::Bool(false))),
        Tok::Sign(":"),
        Tok::Atom(E::Each { op, of: last, with }),
    ]))
}

fn variable(lower: &V<'static>, place: Place) -> Fails<Option<Toks>> {
    if !lower.is_list() || lower.count().is_none_or(|count| count > 2) {
        return Ok(None);
    }
    let (key, or) = (lower.item(0), lower.item(1));
    let key: Arc<str> = match &key {
        V::Str(text) if &**text == "../index" && place.iterating => return Ok(Some(atom(E::Index))),
        key if key.is_nullish() => return Ok(Some(atom(E::Context))),
        V::Str(text) if text.is_empty() => return Ok(Some(atom(E::Context))),
        V::Str(text) => (&**text).into(),
        V::Num(number) => number::print(*number).into(),
        _ => return Ok(None),
    };
    if key.contains("../") {
        return Ok(None);
    }
    let steps = op::path(&key).iter().map(|part| E::Const(V::text(part))).collect();
    let or = if matches!(or, V::Undefined) { V::Null } else { or };
    let mut toks = vec![Tok::Atom(E::Chain { of: Box::new(E::Context), steps }), Tok::Sign("??")];
    toks.extend(code(&or, place)?);
    Ok(Some(atom(E::NoFunction(Box::new(parsed(toks)?)))))
}

fn valued(lower: &V<'static>, place: Place) -> Fails<Option<Toks>> {
    let mut keys = lower.clone();
    if matches!(keys, V::Map(_)) {
        if !fold::constant(&keys, Inside::default())? {
            return Ok(None);
        }
        let node = fold::optimized(&keys)?;
        let empty = V::list(Vec::new());
        keys = node.run(&V::map(Vec::new()), &empty).map_err(|thrown| thrown.detached())?.detached();
    }
    if keys.is_list() && keys.item(0).is_list() {
        let up = place.iterating && {
            let climb = keys.item(0).item(0);
            climb.holds() && climb.to_number().abs() == 1.0 && keys.item(1).as_text() == Some("index")
        };
        return Ok(up.then(|| atom(E::Index)));
    }
    if keys.count() == Some(1) {
        keys = keys.item(0);
    }
    let mut steps = Vec::new();
    if keys.is_list() {
        for key in keys.items().filter(|key| !matches!(key, V::Null)) {
            steps.push(expression(&key, place)?);
        }
    } else if !matches!(keys, V::Null) {
        steps.push(expression(&keys, place)?);
    }
    let found = E::Chain { of: Box::new(E::Context), steps };
    let found = parsed(vec![Tok::Atom(found), Tok::Sign("??"), Tok::Atom(E::Const(V::Null))])?;
    Ok(Some(atom(E::NoFunction(Box::new(found)))))
}

/// One or two plain keys are looked up at once.
fn missing(lower: &V<'static>) -> Option<Toks> {
    let count = lower.count()?;
    if count == 0 {
        return Some(atom(E::List(Vec::new())));
    }
    let plain = lower.items().all(|key| key.as_text().is_some_and(|key| !key.contains('.')));
    if count > 2 || !plain {
        return None;
    }
    let keys = |keys: Vec<V<'static>>| Tok::Atom(E::Const(V::list(keys)));
    let mut toks = Vec::new();
    let mut ask = |key: &V<'static>| {
        toks.extend([Tok::Atom(E::Field(key.clone())), Tok::Sign("==="), Tok::Atom(E::Const(V::Undefined))]);
        toks.push(Tok::Sign("?"));
    };
    let (first, second) = (lower.item(0), lower.item(1));
    ask(&first);
    if count == 1 {
        toks.extend([keys(vec![first]), Tok::Sign(":"), keys(Vec::new())]);
        return Some(toks);
    }
    ask(&second);
    toks.extend([keys(vec![first.clone(), second.clone()]), Tok::Sign(":"), keys(vec![first]), Tok::Sign(":")]);
    toks.extend([Tok::Atom(E::Field(second.clone())), Tok::Sign("==="), Tok::Atom(E::Const(V::Undefined))]);
    toks.extend([Tok::Sign("?"), keys(vec![second]), Tok::Sign(":"), keys(Vec::new())]);
    Some(toks)
}

/// One operand of arithmetic, as a number.
fn operand(item: &V<'static>, place: Place) -> Fails<E> {
    match item {
        list if list.is_list() => return not_a_number(),
        V::Num(_) | V::Bool(_) | V::Str(_) => return constant_operand(item),
        _ => {}
    }
    let Some(mut toks) = built(item, place)? else { return error("f.startsWith is not a function") };
    if toks.len() == 1
        && let Some(Tok::Atom(one)) = toks.pop()
    {
        return match one {
            E::Const(value @ (V::Num(_) | V::Str(_) | V::Bool(_) | V::Null)) => constant_operand(&value),
            E::List(_) => not_a_number(),
            E::Const(V::Map(_)) if is_plain(item) => not_a_number(),
            other => Ok(E::Number(Box::new(other))),
        };
    }
    parsed(built(item, place)?.unwrap_or_default()).map(|one| E::Number(Box::new(one)))
}

/// A map that names no operator stands as it is.
fn is_plain(item: &V<'static>) -> bool {
    matches!(item, V::Map(entries) if entries.first().is_none_or(|(name, _)| name.is_empty()))
}

fn constant_operand(value: &V<'static>) -> Fails<E> {
    let number = value.to_number();
    if number.is_nan() { not_a_number() } else { Ok(literal(V::Num(number))) }
}

fn arithmetic(op: Op, lower: &V<'static>, place: Place) -> Fails<Toks> {
    let Some(count) = lower.count() else {
        let of = boxed(lower, place)?;
        if op != Op::Div {
            return Ok(atom(E::Folded { op, of }));
        }
        let divided = || Tok::Atom(E::Folded { op, of: Box::new(E::Last) });
        return Ok(vec![
            Tok::Atom(E::SetLastSized(of)),
            Tok::Sign("&&"),
            Tok::Atom(E::LastHas(1)),
            Tok::Sign("?"),
            divided(),
            Tok::Sign(":"),
            divided(),
        ]);
    };
    match (op, count) {
        (Op::Sub | Op::Div, 0) | (Op::Mod, 0 | 1) => return invalid(),
        _ => {}
    }
    let mut operands = Vec::new();
    if op == Op::Div && count == 1 {
        operands.push(E::Const(V::Num(1.0)));
    }
    for item in lower.items() {
        let one = operand(&item, place)?;
        // A zero that is written is refused at once; one that comes of `false` later.
        if op == Op::Div && !operands.is_empty() {
            let written = match &item {
                V::Num(_) | V::Str(_) => true,
                V::Map(_) => is_written(&item, place)?,
                _ => false,
            };
            if written && matches!(one, E::Const(V::Num(number)) if number == 0.0) {
                return not_a_number();
            }
            operands.push(E::Divisor(Box::new(one)));
        } else {
            operands.push(one);
        }
    }
    Ok(atom(E::Arithmetic { op, operands, negated: op == Op::Sub && count == 1 }))
}

/// Whether this comes to a number or text when it is built.
fn is_written(item: &V<'static>, place: Place) -> Fails<bool> {
    let toks = built(item, place)?.unwrap_or_default();
    Ok(matches!(toks.as_slice(), [Tok::Atom(E::Const(V::Num(_) | V::Str(_)))]))
}

fn attempt(lower: &V<'static>, place: Place) -> Fails<E> {
    let said = |thrown: &Thrown<'static>| match thrown {
        Thrown::NotANumber => V::map(vec![("type".into(), V::text("NaN"))]),
        Thrown::Kind(kind, key) => {
            let mut entries = vec![("type".into(), V::text(kind))];
            entries.extend(key.iter().map(|key| ("key".into(), V::text(key))));
            V::map(entries)
        }
        Thrown::Error(_) => V::map(Vec::new()),
        Thrown::Value(value) => value.clone(),
    };
    let first = lower.item(0);
    let number = lower.count() > Some(1) && first.own("+").is_some();
    let start = || -> Fails<(E, Option<E>)> {
        if !first.is_object() {
            return error("Cannot use 'in' operator");
        }
        let one = expression(&first, place)?;
        let other = if number { Some(expression(&lower.item(1), place)?) } else { None };
        Ok((one, other))
    };
    let mut steps = Vec::new();
    for item in lower.items().skip(1) {
        steps.push(match expression(&item, place) {
            Ok(one) => Step::Runs(one),
            Err(thrown) => Step::Fails(said(&thrown)),
        });
    }
    Ok(match start() {
        Ok((one, other)) => E::Try { first: Step::Runs(one).into(), otherwise: other.map(Box::new), steps },
        Err(thrown) => E::Try { first: Step::Fails(said(&thrown)).into(), otherwise: None, steps },
    })
}

/// Puts pieces together by JavaScript's precedence.
fn parsed(toks: Toks) -> Fails<E> {
    let mut read = Reader { toks: toks.into_iter().peekable() };
    let found = read.choice()?;
    if read.toks.peek().is_some() { syntax() } else { Ok(found) }
}

fn syntax<T>() -> Fails<T> {
    error("Unexpected token")
}

struct Reader {
    toks: std::iter::Peekable<std::vec::IntoIter<Tok>>,
}

impl Reader {
    fn sign(&mut self, wanted: &str) -> bool {
        self.toks.next_if(|tok| matches!(tok, Tok::Sign(sign) if *sign == wanted)).is_some()
    }

    fn choice(&mut self) -> Fails<E> {
        let test = self.short()?;
        if !self.sign("?") {
            return Ok(test);
        }
        let yes = self.choice()?;
        if !self.sign(":") {
            return syntax();
        }
        let no = self.choice()?;
        Ok(E::Choice(Box::new([test, yes, no])))
    }

    /// `??`, or `||` and `&&`: the language does not let them meet.
    fn short(&mut self) -> Fails<E> {
        let mut left = self.equal()?;
        let mut coalesced = false;
        while self.sign("??") {
            coalesced = true;
            left = E::Coalesce(Box::new([left, self.equal()?]));
        }
        while self.sign("&&") {
            if coalesced {
                return syntax();
            }
            left = E::And(Box::new([left, self.equal()?]));
        }
        while self.sign("||") {
            if coalesced {
                return syntax();
            }
            let mut right = self.equal()?;
            while self.sign("&&") {
                right = E::And(Box::new([right, self.equal()?]));
            }
            left = E::Or(Box::new([left, right]));
        }
        if matches!(self.toks.peek(), Some(Tok::Sign("??"))) { syntax() } else { Ok(left) }
    }

    fn equal(&mut self) -> Fails<E> {
        let mut left = self.order()?;
        while self.sign("===") {
            left = E::Same(Box::new([left, self.order()?]));
        }
        Ok(left)
    }

    fn order(&mut self) -> Fails<E> {
        let mut left = self.sum()?;
        while self.sign("<") {
            left = E::Less(Box::new([left, self.sum()?]));
        }
        Ok(left)
    }

    fn sum(&mut self) -> Fails<E> {
        let mut left = self.one()?;
        loop {
            if self.sign("+") {
                left = E::Plus(Box::new([left, self.one()?]));
            } else if self.sign("-") {
                left = E::Minus(Box::new([left, self.one()?]));
            } else {
                return Ok(left);
            }
        }
    }

    fn one(&mut self) -> Fails<E> {
        match self.toks.next() {
            Some(Tok::Atom(one)) => Ok(one),
            _ => syntax(),
        }
    }
}
