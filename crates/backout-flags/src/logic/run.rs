//! Runs a compiled expression.
//!
//! Must not know: how it was compiled, flags.

use std::sync::Arc;

use super::{
    fold::{Node, kind, reduce},
    op::{self, Op},
    value::{Outcome, Thrown, V, error, invalid, not_a_number},
};

/// A compiled expression, called with a context of its own.
#[derive(Debug)]
pub struct Func {
    pub body: E,
    /// Whether it knows its place in a list.
    pub indexed: bool,
}

/// One try: it runs, or it is known to fail with this.
#[derive(Debug)]
pub enum Step {
    Runs(E),
    Fails(V<'static>),
}

/// An expression. "Last" is the variable in which generated code keeps what it saw last; what is
/// compared or chosen is read back from there, so it has to be kept as it keeps it.
#[derive(Debug)]
pub enum E {
    Const(V<'static>),
    Context,
    Index,
    Last,
    SetLast(Box<E>),
    SetLastIsList(Box<E>),
    /// Refuses what is no list, or an empty one.
    SetLastSized(Box<E>),
    LastHas(usize),
    List(Vec<E>),
    Map(Vec<(Arc<str>, E)>),
    Chain {
        of: Box<E>,
        steps: Vec<E>,
    },
    NoFunction(Box<E>),
    Call {
        op: Op,
        args: Box<E>,
        coerced: bool,
    },
    Node(Node),
    Truthy {
        of: Box<E>,
        not: bool,
    },
    /// The value itself, or for a list or map whether it holds anything.
    Verdict(Box<E>),
    If {
        arms: Vec<(E, E)>,
        last: Box<E>,
    },
    Choice(Box<[E; 3]>),
    And(Box<[E; 2]>),
    Or(Box<[E; 2]>),
    Coalesce(Box<[E; 2]>),
    Plus(Box<[E; 2]>),
    Minus(Box<[E; 2]>),
    Less(Box<[E; 2]>),
    Same(Box<[E; 2]>),
    Compare {
        op: Op,
        first: Box<E>,
        rest: Vec<E>,
    },
    Each {
        op: Op,
        of: Box<E>,
        with: Box<Func>,
    },
    Reduce {
        of: Box<E>,
        with: Box<Func>,
        start: Option<Box<E>>,
    },
    Pipe {
        of: Box<E>,
        with: Box<Func>,
    },
    In {
        list: Box<E>,
        item: Box<E>,
    },
    CoalesceList(Box<E>),
    Try {
        first: Box<Step>,
        otherwise: Option<Box<E>>,
        steps: Vec<Step>,
    },
    /// A key of the context, also where that is nothing.
    Field(V<'static>),
    Size(Box<E>),
    Folded {
        op: Op,
        of: Box<E>,
    },
    Number(Box<E>),
    Divisor(Box<E>),
    Arithmetic {
        op: Op,
        operands: Vec<E>,
        negated: bool,
    },
}

struct Frame<'a> {
    context: V<'a>,
    above: V<'a>,
    index: Option<f64>,
    last: V<'a>,
    /// Within a try that begins with a sum, nothing is refused as no number.
    loose: bool,
}

impl Func {
    pub fn run<'a>(&'a self, context: V<'a>) -> Outcome<'a> {
        self.call(context, V::list(Vec::new()), None)
    }

    fn call<'a>(&'a self, context: V<'a>, above: V<'a>, index: Option<f64>) -> Outcome<'a> {
        let index = index.filter(|_| self.indexed);
        Frame { context, above, index, last: V::Undefined, loose: false }.eval(&self.body)
    }
}

impl<'a> Frame<'a> {
    fn eval(&mut self, expression: &'a E) -> Outcome<'a> {
        Ok(match expression {
            E::Const(value) => value.clone(),
            E::Context => self.context.clone(),
            E::Last => self.last.clone(),
            E::SetLast(of) => {
                self.last = self.eval(of)?;
                self.last.clone()
            }
            E::Chain { of, steps } => return self.chain(of, steps),
            E::NoFunction(of) => {
                self.last = self.eval(of)?;
                if matches!(self.last, V::Function) { V::Null } else { self.last.clone() }
            }
            E::Call { op, args, coerced } => {
                let data = self.eval(args)?;
                return op::call(*op, if *coerced { data.coerced() } else { data }, &self.context, &self.above);
            }
            E::Truthy { of, not } => V::Bool(self.eval(of)?.truthy() != *not),
            E::Verdict(of) => match self.eval(of)? {
                held if held.is_object() => V::Bool(held.truthy()),
                plain => plain,
            },
            E::If { arms, last } => {
                for (test, yes) in arms {
                    if self.eval(test)?.truthy() {
                        return self.eval(yes);
                    }
                }
                return self.eval(last);
            }
            E::Choice(parts) => {
                let [test, yes, no] = &**parts;
                return if self.eval(test)?.holds() { self.eval(yes) } else { self.eval(no) };
            }
            E::Coalesce(parts) => match self.eval(&parts[0])? {
                V::Null | V::Undefined => return self.eval(&parts[1]),
                found => found,
            },
            E::Or(parts) => match self.eval(&parts[0])? {
                found if found.holds() => found,
                _ => return self.eval(&parts[1]),
            },
            E::And(parts) => match self.eval(&parts[0])? {
                found if found.holds() => return self.eval(&parts[1]),
                found => found,
            },
            E::Compare { op, first, rest } => return self.compared(*op, first, rest),
            E::List(items) => {
                let mut made = Vec::with_capacity(items.len());
                for item in items {
                    made.push(self.eval(item)?);
                }
                V::list(made)
            }
            other => return self.rare(other),
        })
    }

    #[inline(never)]
    fn rare(&mut self, expression: &'a E) -> Outcome<'a> {
        Ok(match expression {
            E::Index => match self.index {
                Some(index) => V::Num(index),
                None => return error("index is not defined"),
            },
            E::SetLastIsList(of) => {
                self.last = self.eval(of)?;
                V::Bool(self.last.is_list())
            }
            E::SetLastSized(of) => {
                self.last = self.eval(of)?;
                if self.last.count().is_none_or(|count| count == 0) {
                    return invalid();
                }
                self.last.clone()
            }
            E::LastHas(count) => V::Bool(self.last.get("length")?.is(&V::Num(*count as f64))),
            E::Map(entries) => {
                let mut made = Vec::with_capacity(entries.len());
                for (key, value) in entries {
                    made.push((key.clone(), self.eval(value)?));
                }
                V::map(made)
            }
            E::Node(node) => return node.run(&self.context, &self.above),
            E::Plus(parts) | E::Minus(parts) | E::Less(parts) | E::Same(parts) => {
                let one = self.eval(&parts[0])?;
                let two = self.eval(&parts[1])?;
                match expression {
                    E::Plus(_) => return one.plus(&two),
                    E::Minus(_) => V::Num(one.to_number() - two.to_number()),
                    E::Less(_) => V::Bool(Op::Less.compare(&one, &two)),
                    _ => V::Bool(one.is(&two)),
                }
            }
            E::Each { op, of, with } => return self.each(*op, of, with),
            E::Reduce { of, with, start } => return self.reduced(of, with, start.as_deref()),
            E::Pipe { of, with } => {
                let found = self.eval(of)?;
                return with.call(found, self.around(V::Null), None);
            }
            E::In { list, item } => return self.contained(list, item),
            E::CoalesceList(of) => return self.coalesced(of),
            E::Try { first, otherwise, steps } => {
                let (context, above, loose) = (self.context.clone(), self.above.clone(), self.loose);
                let found = self.attempt(first, otherwise.as_deref(), steps);
                (self.context, self.above, self.loose) = (context, above, loose);
                return found;
            }
            E::Field(key) => {
                let of = if self.context.holds() { self.context.clone() } else { V::Num(0.0) };
                return of.at(key);
            }
            E::Size(of) => return self.eval(of)?.get("length"),
            E::Folded { op, of } => return self.folded(*op, of),
            E::Number(of) => {
                let found = self.eval(of)?;
                V::Num(self.number(found)?)
            }
            E::Divisor(of) => {
                let found = self.eval(of)?;
                let found = if found.holds() { found } else { V::Num(f64::NAN) };
                V::Num(self.number(found)?)
            }
            E::Arithmetic { op, operands, negated } => return self.arithmetic(*op, operands, *negated),
            _ => return invalid(),
        })
    }

    fn reduced(&mut self, of: &'a E, with: &'a Func, start: Option<&'a E>) -> Outcome<'a> {
        let list = self.eval(of)?;
        let start = match start {
            Some(start) => op::shallow(self.eval(start)?)?,
            None => V::Undefined,
        };
        if !list.is_list() {
            return error("reduce is not a function");
        }
        let above = self.around(V::Null);
        reduce(&list, start, |accumulator, current| {
            let pair = V::map(vec![("accumulator".into(), accumulator), ("current".into(), current)]);
            op::shallow(with.call(pair, above.clone(), None)?)
        })
    }

    fn contained(&mut self, list: &'a E, item: &'a E) -> Outcome<'a> {
        let list = self.eval(list)?;
        let item = self.eval(item)?;
        if !list.is_list() && !matches!(list, V::Str(_)) {
            return error("includes is not a function");
        }
        op::includes(&list, &item)
    }

    /// The first of a list, known only when it runs, that is something.
    fn coalesced(&mut self, of: &'a E) -> Outcome<'a> {
        let list = self.eval(of)?;
        if !list.is_list() {
            return error("reduce is not a function");
        }
        let mut found = V::Null;
        for item in list.items() {
            if found.is_nullish() {
                found = item;
            }
        }
        Ok(found)
    }

    fn arithmetic(&mut self, op: Op, operands: &'a [E], negated: bool) -> Outcome<'a> {
        let mut operands = operands.iter();
        let first = match operands.next() {
            Some(first) => self.eval(first)?.to_number(),
            None => f64::from(u8::from(op == Op::Mul)),
        };
        let mut result = first;
        for operand in operands {
            result = calculated(op, result, self.eval(operand)?.to_number());
        }
        let result = self.number(V::Num(result))?;
        Ok(V::Num(if negated { -result } else { result }))
    }

    fn chain(&mut self, of: &'a E, steps: &'a [E]) -> Outcome<'a> {
        let mut found = self.eval(of)?;
        for step in steps {
            if found.is_nullish() {
                return Ok(V::Undefined);
            }
            found = match step {
                E::Const(V::Str(key)) => found.get(key)?,
                step => {
                    let key = self.eval(step)?;
                    found.at(&key)?
                }
            };
        }
        Ok(found)
    }

    fn compared(&mut self, op: Op, first: &'a E, rest: &'a [E]) -> Outcome<'a> {
        let mut left = self.eval(first)?;
        self.last = left.clone();
        for item in rest {
            let right = self.eval(item)?;
            let right = op::checked(op, right, &self.last)?;
            if rest.len() > 1 {
                self.last = right.clone();
            }
            if !op.compare(&left, &right) {
                return Ok(V::Bool(false));
            }
            left = right;
        }
        Ok(V::Bool(true))
    }

    /// What a function within sees above itself.
    fn around(&self, first: V<'a>) -> V<'a> {
        V::list(vec![first, self.context.clone(), self.above.clone()])
    }

    fn each(&mut self, op: Op, of: &'a E, with: &'a Func) -> Outcome<'a> {
        let list = self.eval(of)?;
        if !list.is_list() {
            return error("is not a function");
        }
        let mut made = Vec::new();
        for (at, item) in list.items().enumerate() {
            let index = V::Num(at as f64);
            let around = self.around(V::map(vec![("iterator".into(), list.clone()), ("index".into(), index)]));
            let found = with.call(item.clone(), around, Some(at as f64))?;
            match op {
                Op::Map => made.push(found),
                Op::Filter if found.truthy() => made.push(item),
                Op::Some | Op::None if found.truthy() => return Ok(V::Bool(op == Op::Some)),
                Op::All if !found.truthy() => return Ok(V::Bool(false)),
                _ => {}
            }
        }
        Ok(if matches!(op, Op::Map | Op::Filter) { V::list(made) } else { V::Bool(op != Op::Some) })
    }

    fn precoerced(&self, value: V<'a>) -> Outcome<'a> {
        if self.loose { Ok(value) } else { op::precoerced(value) }
    }

    fn number(&self, value: V<'a>) -> Result<f64, Box<Thrown<'a>>> {
        Ok(self.precoerced(value)?.to_number())
    }

    /// Arithmetic over a list that only an evaluation knows.
    fn folded(&mut self, op: Op, of: &'a E) -> Outcome<'a> {
        let list = self.eval(of)?;
        if op != Op::Mul && op != Op::Mod {
            self.last = list.clone();
        }
        let count = list.count();
        match (op, count) {
            (Op::Add | Op::Sub, None) => {
                let number = self.number(V::Num(list.to_number()))?;
                return Ok(V::Num(if op == Op::Sub { -number } else { number }));
            }
            (Op::Mul, None) => return error("reduce is not a function"),
            (Op::Mod, None | Some(0 | 1)) | (Op::Div, None | Some(0)) | (Op::Sub, Some(0)) => return invalid(),
            (Op::Sub, Some(1)) => return Ok(V::Num(-self.precoerced(list.item(0))?.to_number())),
            (Op::Div, Some(1)) => {
                let only = list.item(0);
                let only = if only.holds() { only } else { V::Num(f64::NAN) };
                return Ok(V::Num(1.0 / self.precoerced(only)?.to_number()));
            }
            _ => {}
        }
        let start = match op {
            Op::Add => V::Num(0.0),
            Op::Mul => V::Num(1.0),
            _ => V::Undefined,
        };
        reduce(&list, start, |sum, item| {
            let sum = if op == Op::Add { sum.to_number() } else { self.number(sum)? };
            let item = if op == Op::Div && !item.holds() { return not_a_number() } else { item };
            Ok(V::Num(calculated(op, sum, self.number(item)?)))
        })
    }

    fn attempt(&mut self, first: &'a Step, otherwise: Option<&'a E>, steps: &'a [Step]) -> Outcome<'a> {
        let outer = self.loose;
        let failed = match first {
            Step::Fails(said) => Err(said.clone()),
            Step::Runs(one) => {
                self.loose |= otherwise.is_some();
                let found = match (self.eval(one), otherwise) {
                    (Ok(found), Some(other)) => {
                        self.last = found.clone();
                        if matches!(found, V::Num(number) if number.is_nan()) { self.eval(other) } else { Ok(found) }
                    }
                    (found, _) => found,
                };
                self.loose = outer;
                match found {
                    Ok(found) => return Ok(found),
                    Err(thrown) => Ok(thrown),
                }
            }
        };
        self.above = self.around(V::Null);
        let mut last = match failed {
            Ok(thrown) => {
                self.context = V::map(vec![("type".into(), kind(&thrown, false)?)]);
                thrown
            }
            Err(said) => {
                self.context = said.clone();
                Box::new(Thrown::Value(said))
            }
        };
        for step in steps {
            match step {
                Step::Runs(one) => match self.eval(one) {
                    Ok(found) => return Ok(found),
                    Err(thrown) => {
                        last = thrown;
                        if let Ok(said) = kind(&last, false) {
                            self.context = V::map(vec![("type".into(), said)]);
                        }
                    }
                },
                Step::Fails(said) => {
                    self.context = said.clone();
                    last = Box::new(Thrown::Value(said.clone()));
                }
            }
        }
        Err(last)
    }
}

fn calculated(op: Op, one: f64, two: f64) -> f64 {
    match op {
        Op::Add => one + two,
        Op::Sub => one - two,
        Op::Mul => one * two,
        Op::Div => one / two,
        _ => one % two,
    }
}
