"""A release that is slow: its page compares every use with all others, which no index helps."""
import runpy
from pathlib import Path

v2 = runpy.run_path(str(Path(__file__).parent.parent / "v2" / "pages.py"))

RANK = """
SELECT count(*) AS requests, coalesce(sum(own.cost_usd), 0) AS cost,
       (SELECT count(*) FROM ai_usage_tracking a, ai_usage_tracking b, generate_series(1, 100) day
        WHERE md5(a.id::text || day) < md5(b.id::text || day)) AS rank
FROM ai_usage_tracking own WHERE own.user_id = %s
"""


def usage(request):
    return request.query(RANK, (request.user()["id"],))[0]


PAGES = {**v2["PAGES"], ("GET", "/api/usage"): usage}
