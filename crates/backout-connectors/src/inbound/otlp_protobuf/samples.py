"""Prints samples.txt: on each line a name, what Python's own library makes of a message in protobuf (base64), and in JSON.

pip install opentelemetry-proto==1.45.2
"""

import base64
import json

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

DELTA, CUMULATIVE = 1, 2


def attribute(key, **value):
    return KeyValue(key=key, value=AnyValue(**value))


ALL = [
    attribute("text", string_value='a "b"\n\u00e9'),
    attribute("yes", bool_value=True),
    attribute("no", bool_value=False),
    attribute("less", int_value=-7),
    attribute("code", int_value=503),
    attribute("most", int_value=2**63 - 1),
    attribute("share", double_value=0.25),
    attribute("none", string_value=""),
    attribute("list", array_value=ArrayValue(values=[AnyValue(string_value="x"), AnyValue(int_value=1), AnyValue()])),
    attribute("map", kvlist_value=KeyValueList(values=[attribute("k", bool_value=True)])),
    attribute("raw", bytes_value=b"\x00\xff"),
    KeyValue(key="unset"),
]


def request(*metrics):
    made = ExportMetricsServiceRequest()
    resource = made.resource_metrics.add(schema_url="https://opentelemetry.io/schemas/1.30.0")
    resource.resource.attributes.append(attribute("service.name", string_value="shop"))
    scope = resource.scope_metrics.add()
    scope.scope.name = "shop.http"
    scope.metrics.extend(metrics)
    return made


def metric(kind, points, name="m", **more):
    made = Metric(name=name, description="what it is", unit="1")
    data = getattr(made, kind)
    for point in points:
        data.data_points.add(start_time_unix_nano=1_790_000_000 * 10**9, time_unix_nano=1_790_000_010 * 10**9, **point)
    for field, value in more.items():
        setattr(data, field, value)
    return made


HISTOGRAM = {"count": 4, "sum": 100.0, "bucket_counts": [1, 3], "explicit_bounds": [10.0], "min": 1.0, "max": 90.0}
EXPONENTIAL = {"count": 5, "sum": 2.5, "scale": 3, "zero_count": 1}

MESSAGES = {
    "nothing": ExportMetricsServiceRequest(),
    "gauge": request(metric("gauge", [{"as_double": 7.5}, {"as_double": -0.1, "attributes": ALL}])),
    "whole-gauge": request(metric("gauge", [{"as_int": -3}])),
    "no-value": request(metric("gauge", [{"as_int": 4}, {"flags": 1}])),
    "no-number": request(metric("gauge", [{"as_double": 3.5}, {"as_double": float("nan")}, {"as_double": float("inf")}])),
    "delta": request(
        metric("sum", [{"as_int": 3, "attributes": ALL}, {"as_int": 9}], aggregation_temporality=DELTA, is_monotonic=True)
    ),
    "cumulative": request(metric("sum", [{"as_int": 2**62}], aggregation_temporality=CUMULATIVE, is_monotonic=True)),
    "histogram": request(metric("histogram", [HISTOGRAM | {"attributes": ALL}], aggregation_temporality=DELTA)),
    "histogram-without-sum": request(metric("histogram", [{"count": 4}], aggregation_temporality=DELTA)),
    "exponential": request(
        metric("exponential_histogram", [EXPONENTIAL | {"attributes": ALL}], aggregation_temporality=CUMULATIVE)
    ),
    "summary": request(metric("summary", [{"count": 2, "sum": 3.0, "attributes": ALL}])),
    "several": request(
        metric("gauge", [{"as_double": 1.0}], name="other"), metric("gauge", [{"as_double": 2.0}]), Metric(name="m")
    ),
}

for name, message in MESSAGES.items():
    text = json.dumps(MessageToDict(message, use_integers_for_enums=True), separators=(",", ":"))
    print(name, base64.b64encode(message.SerializeToString()).decode() or "-", text)
