//! Compilation of a rule's tree to operations, with its types checked on the way.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
};

use super::{names, program::Rule};
use crate::{
    error::{MAX_ERRORS, RuleError, quoted},
    functions::{Argument, ArgumentKind, Function, Implementation, MAX_PERIOD, Own, TaLib, Type, function},
    graph::{BinaryOp, Comparison, Graph, NodeId, Op, UnaryOp},
    rule::{Binary, Expr, ExprKind, Unary},
};

/// What names stand for: parameters and, as they are compiled, named expressions.
pub(super) struct Scope {
    /// `None` for a named expression that has a mistake of its own.
    nodes: HashMap<String, Option<NodeId>>,
}

impl Scope {
    pub(super) fn of(graph: &mut Graph, parameters: &BTreeMap<String, f64>) -> Self {
        let nodes = parameters
            .iter()
            .map(|(name, value)| (name.clone(), Some(graph.constant(*value))))
            .collect();
        Self { nodes }
    }

    pub(super) fn define(&mut self, name: String, node: Option<NodeId>) {
        self.nodes.insert(name, node);
    }
}

/// The compilation of one rule. A `None` means that the mistake has been told.
pub(super) struct Lowering<'a> {
    pub(super) graph: &'a mut Graph,
    pub(super) scope: &'a Scope,
    pub(super) rule: &'a Rule,
    pub(super) errors: &'a mut Vec<RuleError>,
}

impl Lowering<'_> {
    /// Compiles the whole rule, which must give `wanted`.
    pub(super) fn rule(&mut self, wanted: Option<Type>) -> Option<NodeId> {
        let tree = &self.rule.tree;
        match wanted {
            Some(wanted) => self.typed(tree, wanted),
            None => self.expr(tree),
        }
    }

    fn error(&self, message: impl Into<String>, span: Range<usize>) -> RuleError {
        RuleError::new(&self.rule.pointer, message).at(&self.rule.text, span)
    }

    fn fail<T>(&mut self, message: impl Into<String>, span: Range<usize>) -> Option<T> {
        if self.is_telling() {
            let error = self.error(message, span);
            self.errors.push(error);
        }
        None
    }

    /// Tells whether further mistakes are told: a hostile document can have more than anybody should look for the
    /// nearest names of.
    fn is_telling(&self) -> bool {
        self.errors.len() < MAX_ERRORS
    }

    fn typed(&mut self, expr: &Expr, wanted: Type) -> Option<NodeId> {
        let node = self.expr(expr)?;
        let found = self.graph.gives(node);
        if found == wanted {
            return Some(node);
        }
        let message = format!("{} is needed here, and this is {}", wanted.name(), found.name());
        self.fail(message, expr.span.clone())
    }

    fn expr(&mut self, expr: &Expr) -> Option<NodeId> {
        match &expr.kind {
            ExprKind::Number(number) => Some(self.graph.constant(*number)),
            ExprKind::Name(name) => self.name(name, expr.span.clone()),
            ExprKind::Call {
                name,
                name_span,
                arguments,
            } => self.call(name, name_span, arguments, expr),
            ExprKind::History { of, back } => {
                let of = self.expr(of);
                let back = self.constant(back, 0.0, MAX_PERIOD, true);
                let (of, back) = (of?, back?);
                // No bars ago is the value itself.
                if back == 0.0 {
                    return Some(of);
                }
                Some(self.graph.add(Op::Shift(of, back as u32)))
            }
            ExprKind::Unary(Unary::Negate, x) => {
                let x = self.typed(x, Type::Number)?;
                Some(self.graph.add(Op::Unary(UnaryOp::Negate, x)))
            }
            ExprKind::Unary(Unary::Not, x) => {
                let x = self.typed(x, Type::Truth)?;
                Some(self.graph.add(Op::Not(x)))
            }
            ExprKind::Binary(operator, a, b) => self.binary(*operator, a, b),
        }
    }

    fn name(&mut self, name: &str, span: Range<usize>) -> Option<NodeId> {
        if let Some(column) = names::column(name) {
            return Some(self.graph.add(Op::Price(column)));
        }
        if let Some(field) = names::field(name) {
            return Some(self.graph.add(Op::Calendar(field)));
        }
        if let Some(node) = self.scope.nodes.get(name) {
            return *node;
        }
        if function(name).is_some() {
            return self.fail(format!("`{name}` is a function; call it: `{name}(…)`"), span);
        }
        if !self.is_telling() {
            return None;
        }
        let error = self.error(format!("{} is not known", quoted(name)), span);
        let scope: &Scope = self.scope;
        let known: Vec<&str> = names::built_in().collect();
        let known = known.into_iter().chain(scope.nodes.keys().map(String::as_str));
        let error = error.nearest_of(name, known);
        self.errors.push(error);
        None
    }

    fn binary(&mut self, operator: Binary, a: &Expr, b: &Expr) -> Option<NodeId> {
        let wanted = match operator {
            Binary::And | Binary::Or => Type::Truth,
            _ => Type::Number,
        };
        let (a, b) = (self.typed(a, wanted), self.typed(b, wanted));
        let (a, b) = (a?, b?);
        Some(self.graph.add(match operator {
            Binary::Add => Op::Binary(BinaryOp::Add, a, b),
            Binary::Subtract => Op::Binary(BinaryOp::Subtract, a, b),
            Binary::Multiply => Op::Binary(BinaryOp::Multiply, a, b),
            Binary::Divide => Op::Binary(BinaryOp::Divide, a, b),
            Binary::Less => Op::Compare(Comparison::Less, a, b),
            Binary::Greater => Op::Compare(Comparison::Less, b, a),
            Binary::LessOrEqual => Op::Compare(Comparison::LessOrEqual, a, b),
            Binary::GreaterOrEqual => Op::Compare(Comparison::LessOrEqual, b, a),
            Binary::Equal => Op::Compare(Comparison::Equal, a, b),
            Binary::NotEqual => Op::Compare(Comparison::NotEqual, a, b),
            Binary::And => Op::And(a, b),
            Binary::Or => Op::Or(a, b),
        }))
    }

    fn call(
        &mut self,
        name: &str,
        name_span: &Range<usize>,
        arguments: &[Expr],
        whole: &Expr,
    ) -> Option<NodeId> {
        let Some(function) = function(name) else {
            let known = self.scope.nodes.contains_key(name) || names::built_in().any(|known| known == name);
            let message = if known {
                format!("`{name}` is not a function and takes no arguments")
            } else {
                format!("{} is not a function", quoted(name))
            };
            if self.is_telling() {
                let error = self.error(message, name_span.clone());
                self.errors.push(error.nearest_of(name, names::function_names()));
            }
            return None;
        };
        let least = function.required_arguments();
        let enough = arguments.len() >= least;
        if !enough || (arguments.len() > function.arguments.len() && !function.repeats) {
            let message = format!("{}, not {}", argument_count(function), arguments.len());
            return self.fail(message, whole.span.clone());
        }
        let mut nodes = Vec::new();
        let mut constants = Vec::new();
        let mut told = false;
        let repeated = function.arguments.last();
        for (index, argument) in arguments.iter().enumerate() {
            let Some(Argument { kind, .. }) = function.arguments.get(index).or(repeated) else {
                break;
            };
            let found = match *kind {
                ArgumentKind::Number => self.typed(argument, Type::Number).map(|node| nodes.push(node)),
                ArgumentKind::Truth => self.typed(argument, Type::Truth).map(|node| nodes.push(node)),
                ArgumentKind::Whole { min, max, .. } => self
                    .constant(argument, min, max, true)
                    .map(|constant| constants.push(constant)),
                ArgumentKind::Real { min, max, .. } => self
                    .constant(argument, min, max, false)
                    .map(|constant| constants.push(constant)),
            };
            told |= found.is_none();
        }
        if told {
            return None;
        }
        for argument in function.arguments.iter().skip(arguments.len()) {
            constants.extend(argument.kind.default());
        }
        Some(match &function.implementation {
            Implementation::TaLib(talib) => self.talib(function, talib, &nodes, &constants),
            Implementation::Own(own) => self.own(*own, &nodes, &constants),
        })
    }

    /// Compiles an argument that must be the same on every bar.
    fn constant(&mut self, expr: &Expr, min: f64, max: f64, whole: bool) -> Option<f64> {
        let node = self.typed(expr, Type::Number)?;
        let kind = if whole { "a whole constant" } else { "a constant" };
        let Some(value) = self.graph.constant_value(node) else {
            let message =
                format!("{kind} is needed here: a number, a parameter or what is computed from them alone");
            return self.fail(message, expr.span.clone());
        };
        if (min..=max).contains(&value) && !(whole && value.fract() != 0.0) {
            return Some(value);
        }
        let message = format!("{kind} between {min} and {max} is needed here, and this is {value}");
        self.fail(message, expr.span.clone())
    }

    /// Compiles a call of TA-Lib: the columns that it reads by itself, its series, its options.
    fn talib(&mut self, function: &Function, talib: &TaLib, nodes: &[NodeId], constants: &[f64]) -> NodeId {
        let mut series = nodes.iter().copied();
        let mut inputs = Vec::new();
        for input in talib.id.info().inputs {
            let columns: Vec<_> = crate::functions::input_columns(input).collect();
            if columns.is_empty() {
                inputs.extend(series.next());
            }
            for column in columns {
                inputs.push(self.graph.add(Op::Price(column)));
            }
        }
        debug_assert!(series.next().is_none(), "{} takes what it gets", function.name);
        let indicator = self.graph.add(Op::Indicator {
            id: talib.id,
            options: talib.options(constants),
            inputs: inputs.into(),
        });
        self.graph.add(Op::Output(indicator, talib.output as u8))
    }

    fn own(&mut self, own: Own, nodes: &[NodeId], constants: &[f64]) -> NodeId {
        let bars = constants.first().map_or(0, |bars| *bars as u32);
        let (first, second) = (nodes[0], nodes.get(1).copied().unwrap_or(nodes[0]));
        let fold = |graph: &mut Graph, op: BinaryOp| {
            nodes[1..]
                .iter()
                .fold(first, |folded, next| graph.add(Op::Binary(op, folded, *next)))
        };
        let op = match own {
            Own::CrossesAbove => Op::CrossesAbove(first, second),
            // `a` crosses below `b` just when `b` crosses above `a`.
            Own::CrossesBelow => Op::CrossesAbove(second, first),
            Own::Highest => Op::Highest(first, bars),
            Own::Lowest => Op::Lowest(first, bars),
            Own::Change => {
                let before = self.graph.add(Op::Shift(first, bars));
                Op::Binary(BinaryOp::Subtract, first, before)
            }
            Own::Abs => Op::Unary(UnaryOp::Abs, first),
            Own::Min => return fold(self.graph, BinaryOp::Min),
            Own::Max => return fold(self.graph, BinaryOp::Max),
            Own::Sqrt => Op::Unary(UnaryOp::Sqrt, first),
            Own::Log => Op::Unary(UnaryOp::Log, first),
            Own::Exp => Op::Unary(UnaryOp::Exp, first),
            Own::Pow => Op::Binary(BinaryOp::Pow, first, second),
            Own::BarsSince => Op::BarsSince(first),
        };
        self.graph.add(op)
    }
}

fn argument_count(function: &Function) -> String {
    let (least, most) = (function.required_arguments(), function.arguments.len());
    let count = if function.repeats {
        format!("at least {least}")
    } else if least == most {
        most.to_string()
    } else {
        format!("{least} to {most}")
    };
    let plural = if most == 1 { "argument" } else { "arguments" };
    format!("`{}` takes {count} {plural}", function.signature())
}
