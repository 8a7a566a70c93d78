-- Clustered on another index.

-- before
CREATE TABLE cl (id int PRIMARY KEY, a int UNIQUE);
ALTER TABLE cl CLUSTER ON cl_pkey;
CREATE TABLE cm (id int PRIMARY KEY, a int UNIQUE);
ALTER TABLE cm CLUSTER ON cm_a_key;
CREATE TABLE cn (id int PRIMARY KEY, a int UNIQUE);
ALTER TABLE cn CLUSTER ON cn_a_key;
CREATE TABLE co (id int PRIMARY KEY);

-- up
ALTER TABLE cl CLUSTER ON cl_a_key;
ALTER TABLE cm CLUSTER ON cm_pkey;
ALTER TABLE cn SET WITHOUT CLUSTER;
ALTER TABLE co CLUSTER ON co_pkey;
