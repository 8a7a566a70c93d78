-- Enum that a domain is made of gets a value, and another one is renamed. The value cannot go, and that is said.
-- verdict: mood

-- before
CREATE DOMAIN dmood AS mood;

-- up
ALTER TYPE mood ADD VALUE 'great';
ALTER TYPE mood RENAME VALUE 'sad' TO 'unhappy';
