//! Figures with what they are based on.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, Visitor},
    ser::SerializeMap,
};

/// One figure of a backtest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// The figure; `None` when it is undefined.
    pub value: Option<f64>,
    /// What it was computed from: `daily returns, N = 252`.
    pub basis: String,
    /// Why it is undefined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Figures by name, in the order in which they are shown.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Metrics(Vec<(String, Metric)>);

impl Metrics {
    /// Returns the figure of that name.
    pub fn get(&self, name: &str) -> Option<&Metric> {
        self.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, metric)| metric)
    }

    /// Returns the value of that name, if the figure is there and defined.
    pub fn value(&self, name: &str) -> Option<f64> {
        self.get(name)?.value
    }

    /// Sets a figure: in its place when the name is known, else behind the others.
    pub fn set(&mut self, name: impl Into<String>, metric: Metric) {
        let name = name.into();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, place)) => *place = metric,
            None => self.0.push((name, metric)),
        }
    }

    /// Walks over the figures in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Metric)> {
        self.0.iter().map(|(name, metric)| (name.as_str(), metric))
    }

    /// Returns how many figures there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(String, Metric)> for Metrics {
    fn from_iter<I: IntoIterator<Item = (String, Metric)>>(figures: I) -> Self {
        let mut metrics = Self::default();
        for (name, metric) in figures {
            metrics.set(name, metric);
        }
        metrics
    }
}

impl Serialize for Metrics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (name, metric) in self.iter() {
            map.serialize_entry(name, metric)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Metrics {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Figures;
        impl<'de> Visitor<'de> for Figures {
            type Value = Metrics;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("figures by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Metrics, A::Error> {
                let mut metrics = Metrics::default();
                while let Some((name, metric)) = map.next_entry::<String, Metric>()? {
                    if metrics.get(&name).is_some() {
                        return Err(de::Error::custom(format!("the figure `{name}` is given twice")));
                    }
                    metrics.0.push((name, metric));
                }
                Ok(metrics)
            }
        }
        deserializer.deserialize_map(Figures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_keep_their_order_and_their_reasons() {
        let text = r#"{"sharpe":{"value":null,"basis":"daily returns, N = 365","reason":"there is one day"},"cagr":{"value":0.5,"basis":"equity"}}"#;
        let metrics: Metrics = serde_json::from_str(text).unwrap();
        assert_eq!(metrics.value("cagr"), Some(0.5));
        assert_eq!(metrics.value("sharpe"), None);
        assert_eq!(serde_json::to_string(&metrics).unwrap(), text);
    }
}
