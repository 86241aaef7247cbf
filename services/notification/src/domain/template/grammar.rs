//! What the shop's own words may say: a small part of the template language, in which nothing grows but what is written.
//!
//! ```text
//!  {{ event.total | money }}   variables and their fields, constants, filters, comparisons, and/or/not, a if b else c
//!  {% if %} {% for %}          conditions, and lists that are there
//!  {% include language ~ "/bill.txt" %}, {% include "items.txt" %}
//! ```
//!
//! It is read before it is compiled, since the engine works out `"x" * 1000000000` while it compiles.

use minijinja::machinery::{
    Span, Token,
    ast::{BinOpKind, CallArg, Expr, ForLoop, Include, Stmt},
    parse, tokenize,
};

use super::{filters, told};

/// What templates may name.
pub const WORDS: [&str; 8] = ["event", "language", "shop", "reader", "name", "number", "link", "unsubscribe"];
/// Built-in parts that each language has, and one that all share.
const PARTS: [&str; 1] = ["/bill.txt"];
const SHARED_PARTS: [&str; 1] = ["items.txt"];
/// What may be asked of a value.
pub const TESTS: [&str; 3] = ["defined", "undefined", "none"];

/// Words and signs between two brackets at most; the longest of the built-in ones has some 20.
const TOKENS_MAX: usize = 200;
/// Branches of conditions at most.
const BRANCHES_MAX: usize = 100;
/// How deep blocks and brackets are nested at most.
const DEPTH_MAX: usize = 120;

/// Why words are refused.
type Refused = Result<(), String>;

/// Whether a template is of that language.
///
/// # Errors
///
/// What it must not say, and in which line.
pub fn check(source: &str) -> Refused {
    measure(source)?;
    let all = parse(source, "", <_>::default(), <_>::default()).map_err(|error| told(&error))?;
    Reader::default().statement(&all)
}

/// Keeps the parser, which goes deeper with each of them, from what nobody writes.
fn measure(source: &str) -> Refused {
    let (mut tokens, mut branches) = (0, 0);
    for token in tokenize(source, false, <_>::default(), <_>::default()) {
        let (token, span) = token.map_err(|error| told(&error))?;
        tokens = match token {
            Token::TemplateData(_) | Token::VariableStart | Token::BlockStart => 0,
            _ => tokens + 1,
        };
        branches += usize::from(matches!(token, Token::Ident("elif")));
        if tokens > TOKENS_MAX {
            return Err(format!("has too long an expression in line {}", span.start_line));
        }
        if branches > BRANCHES_MAX {
            return Err(format!("has more than {BRANCHES_MAX} branches (elif) in line {}", span.start_line));
        }
    }
    Ok(())
}

fn refuse(what: &str, span: Span) -> Refused {
    Err(format!(
        "uses {what} in line {}; messages have variables, `if`, `for`, comparisons and the filters {}",
        span.start_line,
        filters::NAMES.join(", ")
    ))
}

/// Goes through a template.
#[derive(Debug, Default)]
struct Reader<'s> {
    /// What loops around have named.
    named: Vec<&'s str>,
    depth: usize,
}

impl<'s> Reader<'s> {
    fn statements(&mut self, all: &[Stmt<'s>]) -> Refused {
        all.iter().try_for_each(|statement| self.statement(statement))
    }

    fn statement(&mut self, statement: &Stmt<'s>) -> Refused {
        self.deeper(|reader| match statement {
            Stmt::Template(template) => reader.statements(&template.children),
            Stmt::EmitRaw(_) => Ok(()),
            Stmt::EmitExpr(emitted) => reader.expression(&emitted.expr),
            Stmt::IfCond(condition) => {
                reader.expression(&condition.expr)?;
                reader.statements(&condition.true_body)?;
                reader.statements(&condition.false_body)
            }
            Stmt::ForLoop(each) => reader.each(each, each.span()),
            Stmt::Include(include) => included(include, include.span()),
            Stmt::Set(set) => refuse("`set`", set.span()),
            Stmt::SetBlock(set) => refuse("`set`", set.span()),
            Stmt::WithBlock(with) => refuse("`with`", with.span()),
            Stmt::Macro(named) => refuse("`macro`", named.span()),
            Stmt::CallBlock(call) => refuse("`call`", call.span()),
            Stmt::Do(call) => refuse("`do`", call.span()),
            Stmt::FilterBlock(filter) => refuse("a block with a filter", filter.span()),
            Stmt::AutoEscape(escape) => refuse("`autoescape`", escape.span()),
            Stmt::Block(block) => refuse("`block`", block.span()),
            Stmt::Extends(extends) => refuse("`extends`", extends.span()),
            Stmt::Import(import) => refuse("`import`", import.span()),
            Stmt::FromImport(import) => refuse("`import`", import.span()),
        })
    }

    /// A list that is there, and never itself again.
    fn each(&mut self, each: &ForLoop<'s>, span: Span) -> Refused {
        if each.recursive {
            return refuse("a recursive `for`", span);
        }
        self.expression(&each.iter)?;
        let outside = self.named.len();
        self.named.push("loop");
        match &each.target {
            Expr::Var(name) => self.named.push(name.id),
            Expr::List(names) => {
                for name in &names.items {
                    let Expr::Var(name) = name else { return refuse("nested names of `for`", span) };
                    self.named.push(name.id);
                }
            }
            _ => return refuse("other than names in `for`", span),
        }
        each.filter_expr.iter().try_for_each(|filter| self.expression(filter))?;
        self.statements(&each.body)?;
        self.named.truncate(outside);
        self.statements(&each.else_body)
    }

    fn expression(&mut self, expression: &Expr<'s>) -> Refused {
        self.deeper(|reader| match expression {
            Expr::Const(_) => Ok(()),
            Expr::Var(name) => reader.name(name.id, name.span()),
            Expr::UnaryOp(one) => reader.expression(&one.expr),
            Expr::BinOp(two) => {
                if let Some(what) = working(two.op) {
                    return refuse(what, two.span());
                }
                reader.expression(&two.left)?;
                reader.expression(&two.right)
            }
            Expr::Compare(compare) => {
                reader.expression(&compare.expr)?;
                compare.ops.iter().try_for_each(|op| reader.expression(&op.expr))
            }
            Expr::IfExpr(either) => {
                reader.expression(&either.test_expr)?;
                reader.expression(&either.true_expr)?;
                either.false_expr.iter().try_for_each(|other| reader.expression(other))
            }
            Expr::Filter(filter) => {
                if !filters::NAMES.contains(&filter.name) {
                    return refuse(&format!("the unknown filter `{}`", filter.name), filter.span());
                }
                filter.expr.iter().try_for_each(|of| reader.expression(of))?;
                match &filter.args[..] {
                    [] => Ok(()),
                    [CallArg::Pos(other)] if filter.name == "default" => reader.expression(other),
                    _ => refuse(
                        &format!("the filter `{}` with more than it takes", filter.name),
                        filter.span(),
                    ),
                }
            }
            Expr::Test(test) if TESTS.contains(&test.name) && test.args.is_empty() => {
                reader.expression(&test.expr)
            }
            Expr::Test(test) => refuse(&format!("the unknown test `is {}`", test.name), test.span()),
            Expr::GetAttr(field) => reader.expression(&field.expr),
            Expr::GetItem(item) => {
                reader.expression(&item.expr)?;
                reader.expression(&item.subscript_expr)
            }
            Expr::List(list) => list.items.iter().try_for_each(|item| reader.expression(item)),
            Expr::Call(call) => refuse("a call `…()`", call.span()),
            Expr::Slice(slice) => refuse("a slice `[…:…]`", slice.span()),
            Expr::Map(map) => refuse("a map `{…}`", map.span()),
        })
    }

    fn name(&self, name: &str, span: Span) -> Refused {
        if WORDS.contains(&name) || self.named.contains(&name) {
            return Ok(());
        }
        let words = WORDS.join(", ");
        Err(format!("names {name} in line {}, which no message has; there are {words}", span.start_line))
    }

    fn deeper(&mut self, read: impl FnOnce(&mut Self) -> Refused) -> Refused {
        if self.depth == DEPTH_MAX {
            return Err("is nested too deep".to_owned());
        }
        self.depth += 1;
        let done = read(self);
        self.depth -= 1;
        done
    }
}

/// What an operator is called that makes values, and larger ones; none of those that compare.
fn working(op: BinOpKind) -> Option<&'static str> {
    match op {
        BinOpKind::Eq | BinOpKind::Ne | BinOpKind::Lt | BinOpKind::Lte | BinOpKind::Gt | BinOpKind::Gte => {
            None
        }
        BinOpKind::ScAnd | BinOpKind::ScOr | BinOpKind::In => None,
        BinOpKind::Mul => Some("multiplication `*`"),
        BinOpKind::Pow => Some("a power `**`"),
        BinOpKind::Concat => Some("concatenation `~`"),
        BinOpKind::Add | BinOpKind::Sub => Some("arithmetic `+` or `-`"),
        BinOpKind::Div | BinOpKind::FloorDiv | BinOpKind::Rem => Some("division `/` or `%`"),
    }
}

/// Parts that are built in, and nothing else.
fn included(include: &Include<'_>, span: Span) -> Refused {
    let text = |name: &Expr<'_>| match name {
        Expr::Const(name) => name.value.as_str().map(str::to_owned),
        _ => None,
    };
    let known = match &include.name {
        Expr::BinOp(two) if matches!(two.op, BinOpKind::Concat) => {
            let of_reader = matches!(&two.left, Expr::Var(name) if name.id == "language");
            of_reader && text(&two.right).is_some_and(|part| PARTS.contains(&part.as_str()))
        }
        name => text(name).is_some_and(|part| SHARED_PARTS.contains(&part.as_str())),
    };
    match known {
        true => Ok(()),
        false => refuse("an `include` other than language ~ \"/bill.txt\" or \"items.txt\"", span),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_grow_is_refused_by_line_and_by_name() {
        for (source, says) in [
            ("a\n{{ 'x' * 100000000 }}", "multiplication `*` in line 2"),
            ("{{ 2 ** 100 }}", "a power `**` in line 1"),
            ("{{ name ~ name }}", "concatenation `~` in line 1"),
            ("{{ name + name }}", "arithmetic"),
            ("{% set a = name %}", "`set` in line 1"),
            ("{% set a %}x{% endset %}", "`set` in line 1"),
            ("{% with a = name %}{{ a }}{% endwith %}", "`with`"),
            ("{% macro a() %}x{% endmacro %}", "`macro`"),
            ("{% for a in range(9) %}x{% endfor %}", "a call"),
            ("{{ range(9) }}", "a call"),
            ("{{ name.upper() }}", "a call"),
            ("{{ name | indent(100000000) }}", "the unknown filter `indent`"),
            ("{{ '%999999999d' | format(1) }}", "the unknown filter `format`"),
            ("{{ name | replace('', name) }}", "the unknown filter `replace`"),
            ("{{ event.lines | join(name) }}", "the unknown filter `join`"),
            ("{{ name | trim(name) }}", "more than it takes"),
            ("{% filter upper %}x{% endfilter %}", "a block with a filter"),
            ("{{ event.lines[0:2] }}", "a slice"),
            ("{{ {'a': 1} }}", "a map"),
            ("{% for a in event.lines recursive %}{{ loop(a) }}{% endfor %}", "recursive"),
            ("{% include 'layout.html' %}", "an `include` other than"),
            ("{% include name %}", "an `include` other than"),
            ("{% extends 'items.txt' %}", "`extends`"),
            ("{% block a %}{% endblock %}", "`block`"),
            ("{% import 'items.txt' as a %}", "`import`"),
            ("{{ nmae }}", "names nmae in line 1"),
            ("{% for a in event.lines %}{% endfor %}{{ a }}", "names a"),
            ("{{ loop }}", "names loop"),
            ("{{ name", "can't be filled in"),
        ] {
            let refused = check(source).unwrap_err();
            assert!(refused.contains(says), "{source}: {refused}");
        }
    }

    #[test]
    fn what_shops_need_is_taken() {
        for source in [
            "{% raw %}{{ nothing }}{% endraw %} {# a note #}",
            "{{ event.total | money }} {{ event.at | moment }} {{ (event | bill).total | money }}",
            "{% for line in event.lines if line.quantity > 1 %}{{ loop.index }}. {{ line.name | title }}{% else %}-{% endfor %}",
            "{% if event.reason in ['a', 'b'] and not event.late %}x{% elif 1 < 2 %}y{% else %}z{% endif %}",
            "{{ event.note | default('none') }} {{ event.lines | length }} {{ event.lines[0].name }}",
            "{{ 'Sir' if name == 'Budi' else name }} {{ event.x is defined and event.x is not none }}",
            "{% include language ~ '/bill.txt' %}{% include \"items.txt\" %}",
        ] {
            assert_eq!(check(source), Ok(()), "{source}");
        }
    }

    #[test]
    fn what_is_deep_or_long_is_refused_before_it_is_gone_into() {
        let fields = format!("{{{{ event{} }}}}", ".a".repeat(4900));
        let branches = format!("{{% if name %}}{}{{% endif %}}", "{% elif name %}".repeat(600));
        let blocks = "{% if name %}".repeat(140) + &"{% endif %}".repeat(140);
        let brackets = format!("{{{{ {}name{} }}}}", "(".repeat(20), ")".repeat(20));
        for source in [fields, branches, blocks] {
            assert!(check(&source).is_err(), "{}", &source[..40]);
        }
        assert_eq!(check(&brackets), Ok(()));
    }
}
