-- Enum value in a domain.
-- verdict: domain public.dmood is made of it

-- before
CREATE DOMAIN dmood AS mood;

-- up
ALTER TYPE mood ADD VALUE 'great';
