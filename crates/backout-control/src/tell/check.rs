//! Whether a template can be made at any time: every name is one of the table, every type fits, and what may be missing is
//! asked for first. All of it is found in the template's own tree, so that no branch is left out.
//!
//! A template may only show, choose and repeat: nothing in it can grow without an end.
//!
//! Must not know: what any of the variables is at the moment.

use std::collections::BTreeSet;

use backout_plan::nearest;
use minijinja::machinery::ast::{BinOpKind, CallArg, CompareOpKind, Expr, ForLoop, Stmt, UnaryOpKind};
use minijinja::machinery::{Span, WhitespaceConfig, parse};
use minijinja::value::ValueKind;

use super::filters::{FILTERS, Filter, Shape};
use super::variables::{Kind, Moment, Need, VARIABLES, Variable, variable};

/// What is wrong with a template, and where in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {said}")]
pub struct Wrong {
    /// From 1.
    pub line: usize,
    /// From 1; the whole line where it is 0.
    pub column: usize,
    pub said: String,
    /// What stands there.
    pub value: Option<String>,
    /// What was probably meant.
    pub suggestion: Option<String>,
    pub hint: Option<String>,
}

/// What a template may call `texts.NAME`, and whether the plan gives it.
pub type Texts<'t> = &'t [(&'t str, bool)];

/// How blocks and line ends go together: a line with nothing but a block leaves nothing.
pub(super) const BLOCKS: WhitespaceConfig =
    WhitespaceConfig { keep_trailing_newline: false, lstrip_blocks: true, trim_blocks: true };

/// What a template is made of.
#[derive(Debug, Default)]
pub(super) struct Checked {
    /// Which texts of the plan it has.
    pub(super) texts: BTreeSet<String>,
}

/// Reads a template through.
pub(super) fn check(source: &str, moment: Moment, texts: Texts<'_>) -> Result<Checked, Vec<Wrong>> {
    let tree = parse(source, "", Default::default(), BLOCKS).map_err(|error| vec![of_engine(&error)])?;
    let mut walk =
        Walk { moment, texts, scope: Vec::new(), known: Vec::new(), found: Vec::new(), used: Checked::default() };
    walk.statement(&tree);
    walk.found.sort_by_key(|wrong| (wrong.line, wrong.column));
    if walk.found.is_empty() { Ok(walk.used) } else { Err(walk.found) }
}

/// What the engine says of a template.
pub(super) fn of_engine(error: &minijinja::Error) -> Wrong {
    let said = match error.kind() {
        minijinja::ErrorKind::OutOfFuel => "it takes too many steps".to_owned(),
        kind => error.detail().map_or_else(|| kind.to_string(), str::to_owned),
    };
    Wrong { line: error.line().unwrap_or(1), said, ..Wrong::default() }
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
enum Type {
    Text,
    Word(&'static [&'static str]),
    Number,
    Time,
    Truth,
    Texts,
    /// The items of this list, and one of them.
    Records(&'static str),
    Record(&'static str),
    /// Texts that stand in the template.
    Literals,
    Loop,
    /// It has been reported.
    Unknown,
}

impl Type {
    fn said(&self) -> &'static str {
        match self {
            Self::Text | Self::Word(_) => "a text",
            Self::Number => "a number",
            Self::Time => "a time",
            Self::Truth => "true or false",
            Self::Texts | Self::Records(_) | Self::Literals => "a list",
            Self::Record(_) | Self::Loop => "something with parts",
            Self::Unknown => "unknown",
        }
    }

    fn is(&self, shape: Shape) -> bool {
        match shape {
            Shape::Anything => !matches!(self, Self::Record(_) | Self::Loop),
            _ if *self == Self::Unknown => true,
            Shape::Text => matches!(self, Self::Text | Self::Word(_)),
            Shape::Number => *self == Self::Number,
            Shape::Time => *self == Self::Time,
            Shape::Texts => *self == Self::Texts,
            Shape::AnyList => matches!(self, Self::Texts | Self::Records(_)),
        }
    }

    /// Whether it can be compared to the other.
    fn is_like(&self, other: &Self) -> bool {
        let plain = |one: &Self| if let Self::Word(_) = one { Self::Text } else { one.clone() };
        *self == Self::Unknown || *other == Self::Unknown || plain(self) == plain(other)
    }
}

/// What is known where a condition holds, and where it does not.
type Ways = (Vec<String>, Vec<String>);

struct Walk<'t> {
    moment: Moment,
    texts: Texts<'t>,
    /// Names of the template's own, the innermost last.
    scope: Vec<(String, Type)>,
    /// What may be missing and was asked for, as it is written.
    known: Vec<String>,
    found: Vec<Wrong>,
    used: Checked,
}

impl Walk<'_> {
    fn say(&mut self, at: Span, said: impl Into<String>) -> &mut Wrong {
        let (line, column) = (usize::from(at.start_line), usize::from(at.start_col) + 1);
        self.found.push(Wrong { line, column, said: said.into(), ..Wrong::default() });
        let last = self.found.len() - 1;
        &mut self.found[last]
    }

    fn statements(&mut self, all: &[Stmt<'_>]) {
        let (scope, known) = (self.scope.len(), self.known.len());
        all.iter().for_each(|one| self.statement(one));
        self.scope.truncate(scope);
        self.known.truncate(known);
    }

    /// The same where this is known.
    fn statements_with(&mut self, known: Vec<String>, all: &[Stmt<'_>]) {
        let before = self.known.len();
        self.known.extend(known);
        self.statements(all);
        self.known.truncate(before);
    }

    fn statement(&mut self, one: &Stmt<'_>) {
        match one {
            Stmt::Template(template) => self.statements(&template.children),
            Stmt::EmitRaw(_) => {}
            Stmt::EmitExpr(emit) => {
                let is = self.value(&emit.expr);
                if !matches!(is, Type::Text | Type::Word(_) | Type::Number | Type::Time | Type::Unknown) {
                    let hint = match is {
                        Type::Truth => "write for example {{ \"yes\" if … else \"no\" }}",
                        Type::Texts => "write |join(\", \"), or {% for … in … %}",
                        _ => "write {% for … in … %}, or name one of its parts",
                    };
                    let wrong = self.say(emit.span(), format!("{} cannot be shown", is.said()));
                    wrong.hint = Some(hint.to_owned());
                }
            }
            Stmt::IfCond(cond) => {
                let (holds, not) = self.condition(&cond.expr);
                self.statements_with(holds, &cond.true_body);
                self.statements_with(not, &cond.false_body);
            }
            Stmt::ForLoop(each) => self.each(each, each.span()),
            Stmt::Set(set) => {
                let is = self.value(&set.expr);
                self.declare(&set.target, is);
            }
            Stmt::WithBlock(with) => {
                let (scope, known) = (self.scope.len(), self.known.len());
                for (target, value) in &with.assignments {
                    let is = self.value(value);
                    self.declare(target, is);
                }
                self.statements(&with.body);
                self.scope.truncate(scope);
                self.known.truncate(known);
            }
            Stmt::SetBlock(block) => drop(self.say(block.span(), "a template has no {% set %} with a body")),
            Stmt::AutoEscape(block) => {
                let hint = "each channel writes values so that they are nothing but text there";
                self.say(block.span(), "a template has no {% autoescape %}").hint = Some(hint.to_owned());
            }
            Stmt::FilterBlock(block) => drop(self.say(block.span(), "a template has no {% filter %}")),
            Stmt::Do(call) => drop(self.say(call.span(), "a template has no {% do %}")),
        }
    }

    fn each(&mut self, each: &ForLoop<'_>, at: Span) {
        if each.recursive {
            self.say(at, "a loop in a template is not recursive");
        }
        let item = match self.value(&each.iter) {
            Type::Records(list) => Type::Record(list),
            Type::Texts | Type::Literals => Type::Text,
            Type::Unknown => Type::Unknown,
            other => {
                self.say(each.iter.span(), format!("{} is no list", other.said()));
                Type::Unknown
            }
        };
        let (scope, known) = (self.scope.len(), self.known.len());
        self.declare(&each.target, item);
        let holds = match &each.filter_expr {
            Some(filter) => self.condition(filter).0,
            None => Vec::new(),
        };
        self.scope.push(("loop".to_owned(), Type::Loop));
        self.statements_with(holds, &each.body);
        self.scope.truncate(scope);
        self.known.truncate(known);
        self.statements(&each.else_body);
    }

    /// A name of the template's own.
    fn declare(&mut self, target: &Expr<'_>, is: Type) {
        let Expr::Var(name) = target else {
            self.say(target.span(), "one name stands for one thing");
            return;
        };
        let is_taken = name.id == "texts" || VARIABLES.iter().any(|one| one.name.split('.').next() == Some(name.id));
        if is_taken || self.scope.iter().any(|(other, _)| other == name.id) {
            let wrong = self.say(name.span(), format!("{:?} is the name of something else here", name.id));
            wrong.value = Some(name.id.to_owned());
        }
        self.scope.push((name.id.to_owned(), is));
    }

    /// A value that is there.
    fn value(&mut self, one: &Expr<'_>) -> Type {
        match one {
            Expr::Const(literal) => self.literal(literal.value.kind(), literal.span()),
            Expr::Var(_) | Expr::GetAttr(_) => {
                let (is, missing) = self.resolve(one);
                if let Some(path) = missing {
                    let wrong = self.say(one.span(), format!("{path} may be missing"));
                    wrong.value = Some(path.clone());
                    wrong.hint = Some(format!("write {{% if {path} is known %}}, or {path}|default(\"…\")"));
                }
                is
            }
            Expr::Filter(filter) => self.filter(filter.name, filter.expr.as_ref(), &filter.args, filter.span()),
            Expr::Test(_) => {
                self.condition(one);
                Type::Truth
            }
            Expr::UnaryOp(op) => match op.op {
                UnaryOpKind::Not => {
                    self.condition(one);
                    Type::Truth
                }
                UnaryOpKind::Neg => self.number(&op.expr),
            },
            Expr::IfExpr(choice) => {
                let (holds, not) = self.condition(&choice.test_expr);
                let is = self.value_with(holds, &choice.true_expr);
                let Some(other) = &choice.false_expr else {
                    self.say(choice.span(), "an if needs an else here");
                    return is;
                };
                let otherwise = self.value_with(not, other);
                if !is.is_like(&otherwise) {
                    self.say(choice.span(), format!("it is {} or {}", is.said(), otherwise.said()));
                }
                if is == otherwise { is } else { Type::Text }
            }
            Expr::BinOp(op) => self.operation(op.op, &op.left, &op.right, one),
            Expr::Compare(compare) => {
                let mut left = &compare.expr;
                for right in &compare.ops {
                    let is_in = matches!(right.op, CompareOpKind::In | CompareOpKind::NotIn);
                    let has_order = !matches!(right.op, CompareOpKind::Eq | CompareOpKind::Ne);
                    self.compare(left, &right.expr, is_in, has_order);
                    left = &right.expr;
                }
                Type::Truth
            }
            Expr::List(list) => {
                let is_text = |item: &Expr<'_>| matches!(item, Expr::Const(one) if one.value.as_str().is_some());
                if !list.items.iter().all(is_text) {
                    self.say(list.span(), "a list in a template is one of texts");
                }
                Type::Literals
            }
            Expr::Slice(slice) => {
                for bound in [&slice.start, &slice.stop, &slice.step].into_iter().flatten() {
                    self.number(bound);
                }
                match self.value(&slice.expr) {
                    list @ (Type::Texts | Type::Records(_) | Type::Unknown) => list,
                    other => {
                        self.say(slice.span(), format!("{} is no list", other.said()));
                        Type::Unknown
                    }
                }
            }
            Expr::GetItem(item) => self.refused(item.span(), "parts are named as in incident.id"),
            Expr::Call(call) => self.refused(call.span(), "a template calls no functions; it has filters"),
            Expr::Map(map) => self.refused(map.span(), "a template has no maps"),
        }
    }

    fn literal(&mut self, kind: ValueKind, at: Span) -> Type {
        match kind {
            ValueKind::String => Type::Text,
            ValueKind::Number => Type::Number,
            ValueKind::Bool => Type::Truth,
            _ => {
                let wrong = self.say(at, "nothing is no value");
                wrong.hint = Some("write … is known, or … is not known".to_owned());
                Type::Unknown
            }
        }
    }

    fn refused(&mut self, at: Span, said: &str) -> Type {
        self.say(at, said);
        Type::Unknown
    }

    fn value_with(&mut self, known: Vec<String>, one: &Expr<'_>) -> Type {
        let before = self.known.len();
        self.known.extend(known);
        let is = self.value(one);
        self.known.truncate(before);
        is
    }

    fn number(&mut self, one: &Expr<'_>) -> Type {
        let is = self.value(one);
        if !is.is(Shape::Number) {
            self.say(one.span(), format!("{} is no number", is.said()));
        }
        Type::Number
    }

    fn operation(&mut self, op: BinOpKind, left: &Expr<'_>, right: &Expr<'_>, whole: &Expr<'_>) -> Type {
        match op {
            BinOpKind::ScAnd | BinOpKind::ScOr => {
                self.condition(whole);
                Type::Truth
            }
            BinOpKind::Eq | BinOpKind::Ne => self.compare(left, right, false, false),
            BinOpKind::Lt | BinOpKind::Lte | BinOpKind::Gt | BinOpKind::Gte => self.compare(left, right, false, true),
            BinOpKind::In => self.compare(left, right, true, true),
            BinOpKind::Add | BinOpKind::Sub | BinOpKind::Mul => {
                self.number(left);
                self.number(right)
            }
            BinOpKind::Div | BinOpKind::FloorDiv | BinOpKind::Rem => {
                self.number(left);
                let is_sound = matches!(right, Expr::Const(one) if one.value.is_number() && one.value.is_true());
                if !is_sound {
                    self.say(right.span(), "it is divided by a number that stands in the template, and is not 0");
                }
                Type::Number
            }
            BinOpKind::Concat => self.refused(whole.span(), "texts are not joined here: write them one after another"),
            BinOpKind::Pow => self.refused(whole.span(), "a template has no powers"),
        }
    }

    fn compare(&mut self, left: &Expr<'_>, right: &Expr<'_>, is_in: bool, has_order: bool) -> Type {
        let (one, other) = (self.value(left), self.value(right));
        if is_in {
            if !one.is(Shape::Text) || !matches!(other, Type::Texts | Type::Literals | Type::Unknown) {
                self.say(right.span(), format!("{} is not in {}", one.said(), other.said()));
            }
        } else if !one.is_like(&other) {
            self.say(right.span(), format!("{} is never {}", one.said(), other.said()));
        } else if has_order && !matches!(one, Type::Number | Type::Time | Type::Unknown) {
            self.say(right.span(), format!("{} is not more or less than another one", one.said()));
        }
        for (word, with) in [(&one, right), (&other, left)] {
            if let Type::Word(words) = word {
                self.words(words, with);
            }
        }
        Type::Truth
    }

    /// Texts that something of few values is compared to are among these values.
    fn words(&mut self, words: &[&str], with: &Expr<'_>) {
        match with {
            Expr::List(list) => list.items.iter().for_each(|item| self.words(words, item)),
            Expr::Const(one) => {
                let Some(text) = one.value.as_str().filter(|text| !words.contains(text)) else { return };
                let meant = nearest(text, words.iter().copied()).map(str::to_owned);
                let wrong = self.say(one.span(), format!("it is never {text:?}"));
                wrong.hint = meant.is_none().then(|| format!("it is one of {}", words.join(", ")));
                wrong.value = Some(text.to_owned());
                wrong.suggestion = meant;
            }
            _ => {}
        }
    }

    fn filter(&mut self, name: &str, of: Option<&Expr<'_>>, arguments: &[CallArg<'_>], at: Span) -> Type {
        let Some(filter) = FILTERS.iter().find(|filter| filter.name == name) else {
            let meant = nearest(name, FILTERS.iter().map(|filter| filter.name)).map(str::to_owned);
            let all: Vec<&str> = FILTERS.iter().map(|filter| filter.name).collect();
            let wrong = self.say(at, format!("there is no filter {name:?}"));
            wrong.value = Some(name.to_owned());
            wrong.hint = meant.is_none().then(|| format!("there are {}", all.join(", ")));
            wrong.suggestion = meant;
            return Type::Unknown;
        };
        let Some(of) = of else { return self.refused(at, "a filter needs something before it") };
        let is = match (filter.of, of) {
            // Just for what may be missing.
            (Shape::Anything, Expr::Var(_) | Expr::GetAttr(_)) => self.resolve(of).0,
            _ => self.value(of),
        };
        if !is.is(filter.of) {
            self.say(of.span(), format!("{} is nothing for the filter {name}", is.said()));
        }
        let given = self.arguments(filter, arguments, at);
        match (filter.to, is) {
            (Shape::Text, _) => Type::Text,
            (Shape::Number, _) => Type::Number,
            (_, Type::Records(_) | Type::Truth) => {
                self.refused(at, "a list, and true or false, are asked for by is known")
            }
            // Another text than the words that there are.
            (_, Type::Word(_)) => Type::Text,
            (_, is) if given.first().is_none_or(|other| is == *other) => is,
            _ => Type::Text,
        }
    }

    fn arguments(&mut self, filter: &Filter, arguments: &[CallArg<'_>], at: Span) -> Vec<Type> {
        let (least, most) = (filter.least, filter.arguments.len());
        if arguments.len() < least || arguments.len() > most {
            let how_many = if least == most { format!("{least}") } else { format!("{least} to {most}") };
            self.say(at, format!("the filter {} has {how_many} arguments", filter.name));
        }
        let mut all = Vec::new();
        for (number, argument) in arguments.iter().enumerate() {
            let CallArg::Pos(argument) = argument else {
                self.say(at, "an argument has no name here");
                continue;
            };
            let is = self.value(argument);
            if filter.arguments.get(number).is_some_and(|shape| !is.is(*shape)) {
                self.say(argument.span(), format!("{} is no argument of the filter {}", is.said(), filter.name));
            }
            all.push(is);
        }
        all
    }

    /// A condition; what is known where it holds, and where it does not.
    fn condition(&mut self, one: &Expr<'_>) -> Ways {
        match one {
            Expr::Test(test) => self.test(test.name, &test.expr, !test.args.is_empty(), test.span()),
            Expr::UnaryOp(op) if matches!(op.op, UnaryOpKind::Not) => {
                let (holds, not) = self.condition(&op.expr);
                (not, holds)
            }
            Expr::BinOp(op) if matches!(op.op, BinOpKind::ScAnd | BinOpKind::ScOr) => {
                let is_and = matches!(op.op, BinOpKind::ScAnd);
                let (holds, not) = self.condition(&op.left);
                let before = self.known.len();
                self.known.extend(if is_and { holds.clone() } else { not.clone() });
                let (also, nor) = self.condition(&op.right);
                self.known.truncate(before);
                let both = |one: Vec<String>, other: Vec<String>| [one, other].concat();
                let either = |one: Vec<String>, other: Vec<String>| {
                    one.into_iter().filter(|path| other.contains(path)).collect::<Vec<_>>()
                };
                if is_and { (both(holds, also), either(not, nor)) } else { (either(holds, also), both(not, nor)) }
            }
            Expr::Var(_) | Expr::GetAttr(_) => {
                let (is, missing) = self.resolve(one);
                let path = missing.unwrap_or_default();
                match is {
                    // Nothing, and none of it, would be the same.
                    Type::Number | Type::Truth if !path.is_empty() => {
                        let wrong =
                            self.say(one.span(), format!("{path} may be missing, which is not 0 and not false"));
                        wrong.value = Some(path.clone());
                        wrong.hint = Some(format!("write {path} is known, and then what it must be"));
                    }
                    Type::Number => {
                        self.say(one.span(), "a number is not true or false").hint = Some("write … > 0".to_owned());
                    }
                    Type::Record(_) | Type::Loop => {
                        self.say(one.span(), format!("{} is not true or false", is.said()));
                    }
                    _ => {}
                }
                if path.is_empty() { Ways::default() } else { (self.implied(&path), Vec::new()) }
            }
            _ => {
                let is = self.value(one);
                if !matches!(is, Type::Truth | Type::Unknown) {
                    self.say(one.span(), format!("{} is not true or false", is.said()));
                }
                Ways::default()
            }
        }
    }

    fn test(&mut self, name: &str, of: &Expr<'_>, has_arguments: bool, at: Span) -> Ways {
        if name != "known" || has_arguments {
            let wrong = self.say(at, format!("there is no test {name:?}"));
            wrong.value = Some(name.to_owned());
            wrong.hint = Some("there is one: … is known".to_owned());
            return Ways::default();
        }
        if !matches!(of, Expr::Var(_) | Expr::GetAttr(_)) {
            self.say(at, "only variables are known or not");
            return Ways::default();
        }
        match self.resolve(of).1 {
            Some(path) => (self.implied(&path), Vec::new()),
            None => Ways::default(),
        }
    }

    /// What is known where this is.
    fn implied(&self, path: &str) -> Vec<String> {
        // A variable that comes with another one brings that one, and all that come with it.
        let first = match variable(path).map(|one| one.need) {
            Some(Need::With(other)) => other,
            _ => path,
        };
        let with = VARIABLES.iter().filter(|one| matches!(one.need, Need::With(other) if other == first));
        [path, first].into_iter().chain(with.map(|one| one.name)).map(str::to_owned).collect()
    }

    /// What a name stands for, and the name where it may be missing.
    fn resolve(&mut self, one: &Expr<'_>) -> (Type, Option<String>) {
        let mut parts: Vec<&str> = Vec::new();
        let mut at = one;
        loop {
            match at {
                Expr::Var(name) => {
                    parts.push(name.id);
                    break;
                }
                Expr::GetAttr(attribute) => {
                    parts.push(attribute.name);
                    at = &attribute.expr;
                }
                _ => return (self.value(at), None),
            }
        }
        parts.reverse();
        let path = parts.join(".");
        let found = self.find(&parts, &path, at.span());
        let Some((is, may_be_missing)) = found else { return (Type::Unknown, None) };
        let missing = may_be_missing && !self.known.contains(&path);
        (is, missing.then_some(path))
    }

    fn find(&mut self, parts: &[&str], path: &str, at: Span) -> Option<(Type, bool)> {
        let [root, rest @ ..] = parts else { return None };
        let local = self.scope.iter().rev().find(|(name, _)| name == root).map(|(_, is)| is.clone());
        match (local, rest) {
            (Some(is), []) => Some((is, false)),
            (Some(Type::Record(list)), [part]) => {
                let name = format!("{list}[].{part}");
                match variable(&name) {
                    Some(one) => Some(self.of(one, at)),
                    None => {
                        let before = format!("{list}[].");
                        let parts = VARIABLES.iter().filter_map(|one| one.name.strip_prefix(&before));
                        let parts: Vec<String> = parts.map(|part| format!("{root}.{part}")).collect();
                        self.unknown(path, &parts, at)
                    }
                }
            }
            (Some(Type::Loop), [part]) => match *part {
                "index" | "index0" | "revindex" | "length" => Some((Type::Number, false)),
                "first" | "last" => Some((Type::Truth, false)),
                _ => {
                    let all = ["index", "index0", "revindex", "length", "first", "last"];
                    self.unknown(path, &all.map(|part| format!("loop.{part}")), at)
                }
            },
            (Some(Type::Unknown), _) => Some((Type::Unknown, false)),
            (Some(is), _) => {
                self.say(at, format!("{root} is {} and has no part {:?}", is.said(), rest.join(".")));
                None
            }
            (None, [name]) if *root == "texts" => {
                if let Some((_, is_given)) = self.texts.iter().find(|(one, _)| one == name) {
                    self.used.texts.insert((*name).to_owned());
                    return Some((Type::Text, !is_given));
                }
                let all: Vec<String> = self.texts.iter().map(|(name, _)| format!("texts.{name}")).collect();
                let hint = "the message gives it no such text: write texts = { … } there";
                self.unknown(path, &all, at);
                if let Some(wrong) = self.found.last_mut().filter(|wrong| wrong.suggestion.is_none()) {
                    wrong.hint = Some(hint.to_owned());
                }
                None
            }
            (None, _) => match variable(path) {
                Some(one) => Some(self.of(one, at)),
                None => {
                    let own = self.scope.iter().map(|(name, _)| name.clone());
                    let all: Vec<String> = VARIABLES.iter().map(|one| one.name.to_owned()).chain(own).collect();
                    self.unknown(path, &all, at)
                }
            },
        }
    }

    /// What a variable of the table is.
    fn of(&mut self, one: &'static Variable, at: Span) -> (Type, bool) {
        if let Some(only) = one.only.filter(|only| !only.is(self.moment)) {
            let wrong = self.say(at, format!("{} is there only with {}", one.name, only.said()));
            wrong.value = Some(one.name.to_owned());
        }
        let is = match one.kind {
            Kind::Text => Type::Text,
            Kind::Word(words) => Type::Word(words),
            Kind::Number => Type::Number,
            Kind::Time => Type::Time,
            Kind::Truth => Type::Truth,
            Kind::Texts => Type::Texts,
            Kind::Records => Type::Records(one.name),
        };
        (is, one.need != Need::Always)
    }

    fn unknown(&mut self, path: &str, all: &[String], at: Span) -> Option<(Type, bool)> {
        let before = format!("{path}.");
        let parts: Vec<&str> = all.iter().map(String::as_str).filter(|one| one.starts_with(&before)).collect();
        let meant = nearest(path, all.iter().map(String::as_str).filter(|one| !one.contains("[]")));
        let (suggestion, hint) = match (parts.is_empty(), meant) {
            (false, _) => (None, Some(format!("write one of {}", parts.join(", ")))),
            (true, Some(meant)) => (Some(meant.to_owned()), None),
            (true, None) => (None, Some("docs/messages.md has all variables".to_owned())),
        };
        let wrong = self.say(at, format!("there is no variable {path}"));
        wrong.value = Some(path.to_owned());
        wrong.suggestion = suggestion;
        wrong.hint = hint;
        None
    }
}
