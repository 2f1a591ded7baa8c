-- What the role `dashboards` may do in the warehouse: read the schema `analytics`, and nothing else.
create schema if not exists analytics authorization pipeline;
grant usage on schema analytics to dashboards;
grant select on all tables in schema analytics to dashboards;
-- The default privileges cover the tables that dbt recreates at each run.
alter default privileges for role pipeline in schema analytics grant select on tables to dashboards;
-- Only reads are granted, because a session can turn this off.
alter role dashboards set default_transaction_read_only = on;
-- date_trunc makes a date a moment of the session's zone, which Superset shows in UTC: a month would begin on the day before.
alter role dashboards set timezone = 'UTC';
