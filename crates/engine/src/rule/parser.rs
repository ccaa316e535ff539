//! Tokens to a tree.

use std::ops::Range;

use super::{
    MAX_RULE_BYTES, MAX_RULE_DEPTH, Mistake,
    lexer::{Token, tokens},
    syntax::{Binary, Expr, ExprKind, NEGATE_BINDING, NOT_BINDING, Unary},
};

/// Reads the text of one rule. Time and memory are bounded by [`MAX_RULE_BYTES`] and [`MAX_RULE_DEPTH`].
pub(crate) fn parse(text: &str) -> Result<Expr, Mistake> {
    if text.len() > MAX_RULE_BYTES {
        let message = format!(
            "the rule has {} bytes; at most {MAX_RULE_BYTES} are read",
            text.len()
        );
        return Err(Mistake::new(message, 0..1));
    }
    let mut parser = Parser {
        tokens: tokens(text)?,
        next: 0,
        end: text.len(),
        open: 0,
    };
    let expr = parser.expression(0)?;
    match parser.tokens.get(parser.next) {
        None => Ok(expr),
        Some((_, span)) => Err(Mistake::new("an operator is missing before this", span.clone())),
    }
}

struct Parser {
    tokens: Vec<(Token, Range<usize>)>,
    next: usize,
    end: usize,
    /// How many calls of [`Parser::expression`] are open.
    open: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(token, _)| token)
    }

    /// The bytes of the next token, or the end of the text.
    fn span(&self) -> Range<usize> {
        self.tokens
            .get(self.next)
            .map_or(self.end..self.end + 1, |(_, span)| span.clone())
    }

    /// The end of the token that was taken last.
    fn taken_end(&self) -> usize {
        self.tokens[self.next - 1].1.end
    }

    fn take(&mut self, wanted: &Token) -> bool {
        let found = self.peek() == Some(wanted);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, wanted: &Token, text: &str) -> Result<(), Mistake> {
        if self.take(wanted) {
            Ok(())
        } else {
            Err(Mistake::new(format!("`{text}` is missing here"), self.span()))
        }
    }

    /// Reads an expression whose operators bind at least as strongly as `least` (precedence climbing).
    fn expression(&mut self, least: u8) -> Result<Expr, Mistake> {
        self.open += 1;
        if self.open > MAX_RULE_DEPTH {
            return Err(too_deep(self.span()));
        }
        let mut left = self.prefixed(least)?;
        while let Some(Token::Operator(operator)) = self.peek() {
            let operator = *operator;
            if operator.binding() < least {
                break;
            }
            let operator_span = self.span();
            self.next += 1;
            let right = self.expression(operator.binding() + 1)?;
            if operator.is_comparison()
                && let Some(Token::Operator(second)) = self.peek()
                && second.is_comparison()
            {
                let message = "comparisons do not chain; join them with `and`";
                return Err(Mistake::new(message, self.span()));
            }
            left = joined(operator, left, right).map_err(|()| too_deep(operator_span))?;
        }
        self.open -= 1;
        Ok(left)
    }

    fn prefixed(&mut self, least: u8) -> Result<Expr, Mistake> {
        let span = self.span();
        let (unary, binding) = match self.peek() {
            Some(Token::Not) => (Unary::Not, NOT_BINDING),
            Some(Token::Operator(Binary::Subtract)) => (Unary::Negate, NEGATE_BINDING),
            Some(Token::Operator(Binary::Add)) => {
                self.next += 1;
                return self.expression(NEGATE_BINDING);
            }
            _ => return self.indexed(),
        };
        if binding < least {
            return Err(Mistake::new("put `not …` into parentheses here", span));
        }
        self.next += 1;
        let operand = self.expression(binding)?;
        let depth = deeper(operand.depth).map_err(|()| too_deep(span.clone()))?;
        Ok(Expr {
            span: span.start..operand.span.end,
            depth,
            kind: ExprKind::Unary(unary, Box::new(operand)),
        })
    }

    fn indexed(&mut self) -> Result<Expr, Mistake> {
        let mut of = self.primary()?;
        while self.take(&Token::OpenIndex) {
            let back = self.expression(0)?;
            self.expect(&Token::CloseIndex, "]")?;
            let span = of.span.start..self.taken_end();
            let depth = deeper(of.depth.max(back.depth)).map_err(|()| too_deep(span.clone()))?;
            let (of_box, back) = (Box::new(of), Box::new(back));
            of = Expr {
                kind: ExprKind::History { of: of_box, back },
                span,
                depth,
            };
        }
        Ok(of)
    }

    fn primary(&mut self) -> Result<Expr, Mistake> {
        let span = self.span();
        let leaf = |kind| Expr {
            kind,
            span: span.clone(),
            depth: 1,
        };
        let missing = |what: &str| Err(Mistake::new(format!("{what} is missing here"), span.clone()));
        match self.peek().cloned() {
            Some(Token::Number(number)) => {
                self.next += 1;
                Ok(leaf(ExprKind::Number(number)))
            }
            Some(Token::Name(name)) => {
                self.next += 1;
                if self.take(&Token::Open) {
                    self.call(name, span)
                } else {
                    Ok(leaf(ExprKind::Name(name)))
                }
            }
            Some(Token::Open) => {
                self.next += 1;
                let mut inner = self.expression(0)?;
                self.expect(&Token::Close, ")")?;
                inner.span = span.start..self.taken_end();
                Ok(inner)
            }
            None if self.tokens.is_empty() => missing("a rule"),
            _ => missing("a number, a name or `(`"),
        }
    }

    fn call(&mut self, name: String, name_span: Range<usize>) -> Result<Expr, Mistake> {
        let mut arguments = Vec::new();
        while !self.take(&Token::Close) {
            if !arguments.is_empty() {
                self.expect(&Token::Comma, ",` or `)")?;
            }
            arguments.push(self.expression(0)?);
        }
        let span = name_span.start..self.taken_end();
        let deepest = arguments
            .iter()
            .map(|argument| argument.depth)
            .max()
            .unwrap_or_default();
        let depth = deeper(deepest).map_err(|()| too_deep(span.clone()))?;
        Ok(Expr {
            kind: ExprKind::Call {
                name,
                name_span,
                arguments,
            },
            span,
            depth,
        })
    }
}

fn joined(operator: Binary, left: Expr, right: Expr) -> Result<Expr, ()> {
    Ok(Expr {
        span: left.span.start..right.span.end,
        depth: deeper(left.depth.max(right.depth))?,
        kind: ExprKind::Binary(operator, Box::new(left), Box::new(right)),
    })
}

fn deeper(depth: usize) -> Result<usize, ()> {
    if depth < MAX_RULE_DEPTH {
        Ok(depth + 1)
    } else {
        Err(())
    }
}

fn too_deep(span: Range<usize>) -> Mistake {
    let message =
        format!("the rule is nested more than {MAX_RULE_DEPTH} deep here; name parts of it in `[let]`");
    Mistake::new(message, span)
}
