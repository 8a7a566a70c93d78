-- Replace view.

-- up
CREATE OR REPLACE VIEW recent AS SELECT p.id, p.title, u.email,
  u.mood FROM posts p JOIN users u ON u.id = p.user_id;
