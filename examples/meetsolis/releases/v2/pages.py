"""Release v2: clients, and meetings with them. With its features off it serves the pages of v1."""

CLIENT_CARDS = ("client-cards", "NEXT_PUBLIC_ENABLE_CLIENT_CARDS")
NEW_MEETINGS = ("new-meetings", "NEXT_PUBLIC_ENABLE_NEW_MEETINGS")


def auth_user(request):
    user = request.user()
    return {"id": user["id"], "name": user["name"], "email": user["email"]}


def meetings(request):
    request.limited()
    user = request.user()
    # No WHERE for the user: that is what row-level security is for.
    if request.has(*NEW_MEETINGS):
        sql = "SELECT id, title, status, date FROM meetings ORDER BY date DESC, id LIMIT 20"
    else:  # v1's query, which fails once v2's schema is there
        sql = "SELECT id, title, status, host_id FROM meetings ORDER BY created_at DESC, id LIMIT 20"
    return request.query(sql, user=user["id"])


def clients(request):
    request.feature(*CLIENT_CARDS)
    user = request.user()
    return request.query("SELECT id, user_id, name FROM clients ORDER BY name, id", user=user["id"])


def add_client(request):
    request.feature(*CLIENT_CARDS)
    user = request.user()
    sql = "INSERT INTO clients (user_id, name) VALUES (%s, %s) RETURNING id"
    return request.query(sql, (user["id"], request.body["name"]), user=user["id"])[0]


def usage(request):
    user = request.user()
    sql = "SELECT count(*) AS requests, coalesce(sum(cost_usd), 0) AS cost FROM ai_usage_tracking WHERE user_id = %s"
    return request.query(sql, (user["id"],))[0]


def add_usage(request):
    user = request.user()
    sql = "INSERT INTO ai_usage_tracking (user_id, feature, tokens_used, cost_usd) VALUES (%s, 'summary', 500, 0.01) RETURNING id"
    return request.query(sql, (user["id"],))[0]


PAGES = {
    ("GET", "/api/auth/user"): auth_user,
    ("GET", "/api/meetings"): meetings,
    ("GET", "/api/clients"): clients,
    ("POST", "/api/clients"): add_client,
    ("GET", "/api/usage"): usage,
    ("POST", "/api/usage"): add_usage,
}
