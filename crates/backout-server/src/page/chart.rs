//! A trigger's values against its limit, as a small drawing.
//!
//! Must not know: what is measured.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::html::{Element, el, of, say};
use crate::history::Point;

const WIDE: f64 = 320.0;
const HIGH: f64 = 72.0;
/// Room for the width of lines.
const EDGE: f64 = 3.0;

/// A number as people read it.
pub(super) fn number(value: f64) -> String {
    let digits = match value.abs() {
        0.0 => 0,
        small if small < 0.001 => 6,
        small if small < 1.0 => 4,
        some if some < 1000.0 => 2,
        _ => 0,
    };
    let text = format!("{value:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// The values so far, with the side of the limit shaded that they should not come to: below it where `is_below`.
///
/// Nothing where there are no two values to draw a line between. What it shows is said in words as well.
pub(super) fn chart(points: &[Point], is_below: bool) -> Option<Element> {
    let values = || points.iter().filter_map(|point| point.value);
    let (first, last) = (points.first()?, points.last()?);
    if values().count() < 2 || first.at == last.at {
        return None;
    }
    let least = values().fold(f64::INFINITY, f64::min);
    let most = values().fold(f64::NEG_INFINITY, f64::max);
    let limit = points.iter().rev().find_map(|point| point.limit);
    let bottom = least.min(limit.unwrap_or(least)).min(0.0);
    let top = most.max(limit.unwrap_or(most));
    let tall = if top > bottom { (top - bottom) * 1.08 } else { 1.0 };
    let y = |value: f64| HIGH - EDGE - (value - bottom) / tall * (HIGH - 2.0 * EDGE);
    let span = last.at.duration_since(first.at).as_secs_f64();
    let x = |point: &Point| EDGE + point.at.duration_since(first.at).as_secs_f64() / span * (WIDE - 2.0 * EDGE);
    let mut said = format!("{} values, from {} to {}", values().count(), number(least), number(most));
    if let Some(limit) = limit {
        write!(said, ", against a limit of {}", number(limit)).ok();
    }
    let mut drawn = el("svg")
        .attr("viewBox", format_args!("0 0 {WIDE} {HIGH}"))
        .attr("preserveAspectRatio", "none")
        .attr("role", "img")
        .attr("aria-label", said);
    if let Some(limit) = limit {
        let at = format!("{:.1}", y(limit));
        // The side that is too much, or too little.
        let (from, tall) = if is_below { (y(limit), HIGH - y(limit)) } else { (0.0, y(limit)) };
        let over = el("rect").class("over").attr("x", 0).attr("y", format_args!("{from:.1}")).attr("width", WIDE);
        drawn = drawn.add(over.attr("height", format_args!("{tall:.1}")));
        let line = el("line").class("limit").attr("x1", 0).attr("x2", WIDE).attr("y1", &at).attr("y2", &at);
        drawn = drawn.add(line);
    }
    // Where nothing was measured there is a gap.
    for known in points.split(|point| point.value.is_none()).filter(|known| !known.is_empty()) {
        let mut places = String::new();
        for point in known {
            write!(places, "{:.1},{:.1} ", x(point), y(point.value.unwrap_or_default())).ok();
        }
        drawn = drawn.add(el("polyline").class("line").attr("points", places.trim_end()));
    }
    let ends = of("figcaption", [time_of_day(first.at), time_of_day(last.at)]);
    Some(of("figure", [drawn, ends]).class("chart"))
}

fn time_of_day(at: Timestamp) -> Element {
    say("time", at.strftime("%H:%M:%SZ")).attr("datetime", at)
}

#[cfg(test)]
mod tests {
    use super::super::html::Html;
    use super::*;
    use crate::history::History;
    use crate::history::tests::reading;

    fn drawn(values: &[Option<f64>]) -> Option<String> {
        shaded(values, false)
    }

    fn shaded(values: &[Option<f64>], is_below: bool) -> Option<String> {
        let history = History::default();
        for (second, value) in values.iter().enumerate() {
            history.note(&reading(second as i64, *value));
        }
        Some(Html::from(chart(&history.of("errors"), is_below)?).document())
    }

    #[test]
    fn a_gap_is_not_drawn_over() {
        assert_eq!(drawn(&[]), None);
        assert_eq!(drawn(&[Some(1.0), None]), None);
        let one = drawn(&[Some(0.1), Some(0.2), Some(1.0)]).unwrap();
        assert_eq!(one.matches("<polyline").count(), 1);
        assert!(one.contains("3 values, from 0.1 to 1, against a limit of 0.5"), "{one}");
        let two = drawn(&[Some(0.1), Some(0.2), None, Some(0.0), Some(0.0)]).unwrap();
        assert_eq!(two.matches("<polyline").count(), 2);
        assert!(!drawn(&[Some(0.0), Some(0.0)]).unwrap().contains("NaN"));
    }

    #[test]
    fn the_wrong_side_of_the_limit_is_shaded() {
        let from = |is_below| {
            let drawn = shaded(&[Some(0.0), Some(1.0)], is_below).unwrap();
            drawn.split("class=\"over\" x=\"0\" y=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
        };
        assert_eq!(from(false), "0.0");
        assert!(from(true).parse::<f64>().unwrap() > 30.0);
    }

    #[test]
    fn numbers() {
        for (value, shown) in
            [(0.0, "0"), (0.083, "0.083"), (100.0, "100"), (1234.5, "1234"), (1.5, "1.5"), (0.00002, "0.00002")]
        {
            assert_eq!(number(value), shown);
        }
    }
}
