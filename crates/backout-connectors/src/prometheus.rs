//! What Prometheus answers to an instant query (`/api/v1/query`), as its HTTP API documents it:
//! <https://prometheus.io/docs/prometheus/latest/querying/api/>.
//!
//! Must not know: what a query means.

use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Answer<'a> {
    status: &'a str,
    #[serde(default)]
    error: Option<String>,
    #[serde(default, borrow)]
    data: Option<Data<'a>>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(rename = "resultType")]
    kind: &'a str,
    #[serde(borrow)]
    result: &'a RawValue,
}

#[derive(Deserialize)]
struct Series {
    #[serde(default)]
    metric: serde_json::Map<String, serde_json::Value>,
    value: (f64, String),
}

/// The one number that was asked for.
///
/// # Errors
/// Why there is none: an error of the server's, no series, several, no number.
pub fn value(body: &str) -> Result<f64, String> {
    let answer: Answer<'_> =
        serde_json::from_str(body).map_err(|_| "the answer is not one of Prometheus".to_owned())?;
    let Some(data) = answer.data.filter(|_| answer.status == "success") else {
        return Err(format!("Prometheus said: {}", answer.error.as_deref().unwrap_or(answer.status)));
    };
    let unreadable = |_| "the answer has no value where one belongs".to_owned();
    let (_, number) = match data.kind {
        "scalar" => serde_json::from_str::<(f64, String)>(data.result.get()).map_err(unreadable)?,
        "vector" => {
            let mut series = serde_json::from_str::<Vec<Series>>(data.result.get()).map_err(unreadable)?;
            match series.len() {
                0 => return Err("no series matches the query".to_owned()),
                1 => series.remove(0).value,
                several => {
                    let shown = series.iter().take(2).map(|one| labels(&one.metric)).collect::<Vec<_>>().join(" and ");
                    return Err(format!("{several} series match the query, among them {shown}: sum them or name one"));
                }
            }
        }
        other => return Err(format!("the query gives a {other}, and a single value is needed")),
    };
    match number.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(format!("the value is {number}, which is no number")),
    }
}

fn labels(metric: &serde_json::Map<String, serde_json::Value>) -> String {
    let each: Vec<String> = metric.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{{{}}}", each.join(", "))
}

#[cfg(test)]
mod tests {
    use super::value;

    fn vector(series: &str) -> String {
        format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{series}]}}}}"#)
    }

    #[test]
    fn one_number_or_why_there_is_none() {
        let one = r#"{"metric":{"job":"api"},"value":[1790000000.123,"0.0831"]}"#;
        assert_eq!(value(&vector(one)), Ok(0.0831));
        let scalar =
            r#"{"status":"success","data":{"resultType":"scalar","result":[1790000000,"3"]},"warnings":["w"]}"#;
        assert_eq!(value(scalar), Ok(3.0));
        assert!(value(&vector("")).is_err_and(|why| why.contains("no series")));
        let other = one.replace("api", "web");
        assert!(value(&vector(&format!("{one},{other}"))).is_err_and(|why| why.contains("web")));
        assert!(value(&vector(&one.replace("0.0831", "NaN"))).is_err_and(|why| why.contains("NaN")));
        let error = r#"{"status":"error","errorType":"bad_data","error":"parse error"}"#;
        assert!(value(error).is_err_and(|why| why.contains("parse error")));
        assert!(value("<html>").is_err());
    }
}
