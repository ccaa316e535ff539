//! Tests of reading rules.

use proptest::prelude::*;

use super::*;

/// Writes the tree with every operator in parentheses.
fn explicit(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Number(number) => number.to_string(),
        ExprKind::Name(name) => name.clone(),
        ExprKind::Call { name, arguments, .. } => {
            let arguments: Vec<String> = arguments.iter().map(explicit).collect();
            format!("{name}({})", arguments.join(","))
        }
        ExprKind::History { of, back } => format!("{}[{}]", explicit(of), explicit(back)),
        ExprKind::Unary(Unary::Negate, operand) => format!("(-{})", explicit(operand)),
        ExprKind::Unary(Unary::Not, operand) => format!("(not {})", explicit(operand)),
        ExprKind::Binary(operator, left, right) => {
            format!("({}{}{})", explicit(left), operator.symbol(), explicit(right))
        }
    }
}

#[rstest::rstest]
#[case("1 + 2 * 3 - 4", "((1+(2*3))-4)")]
#[case("a - b - c / d / e", "((a-b)-((c/d)/e))")]
#[case("a < b and c > d or not e", "(((a<b)and(c>d))or(not e))")]
#[case("not a < b and c", "((not (a<b))andc)")]
#[case("not not a", "(not (not a))")]
#[case("-a[1] * -2", "((-a[1])*(-2))")]
#[case("+a - +b", "(a-b)")]
#[case("f(a, g(), 1.5e-3)[n + 1]", "f(a,g(),0.0015)[(n+1)]")]
#[case("(a or b) and c", "((aorb)andc)")]
#[case("a == b or a != .5", "((a==b)or(a!=0.5))")]
#[case("close\n  >\topen", "(close>open)")]
fn operators_bind_as_in_arithmetic(#[case] text: &str, #[case] tree: &str) {
    assert_eq!(explicit(&parse(text).unwrap()), tree);
}

#[rstest::rstest]
#[case("", 0, "a rule is missing")]
#[case("a +", 3, "a number, a name or `(` is missing")]
#[case("(a", 2, "`)` is missing")]
#[case("f(a b)", 4, "`,` or `)` is missing")]
#[case("a[1", 3, "`]` is missing")]
#[case("a b", 2, "an operator is missing")]
#[case("a < b < c", 6, "do not chain")]
#[case("a = b", 2, "write `==`")]
#[case("a && b", 2, "write `and`")]
#[case("a > 1e999", 4, "too large")]
#[case("a > 10abc", 4, "not a number")]
#[case("a > €", 4, "no place in a rule")]
#[case("a > not b", 4, "into parentheses")]
fn a_mistake_is_told_with_its_place(#[case] text: &str, #[case] start: usize, #[case] part: &str) {
    let mistake = parse(text).unwrap_err();
    assert_eq!(mistake.span.start, start, "{}", mistake.message);
    assert!(mistake.message.contains(part), "{}", mistake.message);
}

#[rstest::rstest]
#[case::parentheses("(".repeat(8000))]
#[case::calls("f(".repeat(4000))]
#[case::signs("-".repeat(8000))]
#[case::pluses("+".repeat(8000))]
#[case::nots("not ".repeat(2000))]
#[case::indices(format!("a{}", "[1]".repeat(2000)))]
#[case::opened_indices("a[".repeat(4000))]
#[case::a_chain(format!("a{}", "+a".repeat(4000)))]
#[case::a_megabyte("a".repeat(1_000_000))]
fn hostile_rules_are_refused(#[case] text: String) {
    assert!(parse(&text).is_err());
}

fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[a-z][a-z0-9_]{0,3}".prop_filter("keywords", |name| is_name(name)),
        (0..1000u32).prop_map(|number| number.to_string()),
        (0.0..1e6f64).prop_map(|number| format!("{number:?}")),
    ];
    leaf.prop_recursive(5, 40, 3, |inner| {
        let operator = prop::sample::select(vec![
            "+", "-", "*", "/", "<", "<=", ">", ">=", "==", "!=", "and", "or",
        ]);
        prop_oneof![
            (inner.clone(), operator, inner.clone()).prop_map(|(a, op, b)| format!("({a}) {op} ({b})")),
            inner.clone().prop_map(|a| format!("-({a})")),
            inner.clone().prop_map(|a| format!("not ({a})")),
            (inner.clone(), 0..9u8).prop_map(|(a, back)| format!("({a})[{back}]")),
            prop::collection::vec(inner, 0..3).prop_map(|list| format!("f({})", list.join(", "))),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_is_read_as_the_same_tree(text in expression()) {
        let tree = parse(&text).unwrap();
        let printed = tree.to_string();
        let again = parse(&printed).unwrap();
        prop_assert_eq!(explicit(&again), explicit(&tree));
        prop_assert_eq!(again.to_string(), printed);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "[ -~é\n]{0,200}") {
        let _ = parse(&text);
    }
}
