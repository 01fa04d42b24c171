/**
 * Accounts, organisations and what belongs to them. The audit log grows and never changes: who did what is kept by ids alone, so that
 * an account can go without it.
 */
export const accounts = {
  name: '0013-accounts',
  sql: `
create table accounts (
  id text primary key,
  name text not null,
  email text not null unique,
  email_verified boolean not null default false,
  image text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  player_id text not null unique,
  is_operator boolean not null default false
);
create table account_sessions (
  id text primary key,
  token text not null unique,
  account_id text not null references accounts (id) on delete cascade,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  ip_address text,
  user_agent text,
  active_organisation_id text
);
create index account_sessions_account on account_sessions (account_id);
create table account_credentials (
  id text primary key,
  account_id text not null references accounts (id) on delete cascade,
  provider_id text not null,
  provider_account_id text not null,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  password text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (provider_id, provider_account_id)
);
create index account_credentials_account on account_credentials (account_id);
create table account_tokens (
  id text primary key,
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index account_tokens_identifier on account_tokens (identifier);
create table account_passkeys (
  id text primary key,
  name text,
  public_key text not null,
  account_id text not null references accounts (id) on delete cascade,
  credential_id text not null unique,
  counter integer not null,
  device_type text not null,
  backed_up boolean not null,
  transports text,
  created_at timestamptz default now(),
  aaguid text
);
create index account_passkeys_account on account_passkeys (account_id);

create table organisations (
  id text primary key,
  name text not null,
  slug text not null unique,
  kind text not null,
  logo text,
  metadata text,
  created_at timestamptz not null default now()
);
create table organisation_members (
  id text primary key,
  org_id text not null references organisations (id) on delete cascade,
  account_id text not null references accounts (id) on delete cascade,
  role text not null,
  created_at timestamptz not null default now(),
  unique (org_id, account_id)
);
create index organisation_members_account on organisation_members (account_id);
create table organisation_invitations (
  id text primary key,
  org_id text not null references organisations (id) on delete cascade,
  email text not null,
  role text,
  status text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  inviter_id text not null references accounts (id) on delete cascade
);
create index organisation_invitations_org on organisation_invitations (org_id);
create index organisation_invitations_email on organisation_invitations (email);

create table api_keys (
  id text primary key,
  org_id text not null references organisations (id) on delete cascade,
  name text not null,
  hash text not null unique,
  start text not null,
  scopes text[] not null,
  created_by text not null,
  created_at_ms double precision not null,
  expires_at_ms double precision,
  revoked_at_ms double precision,
  used_at_ms double precision
);
create index api_keys_org on api_keys (org_id);

create table sign_in_attempts (
  key text primary key,
  failures integer not null,
  last_at_ms double precision not null,
  until_ms double precision not null
);
create table operator_links (
  hash text primary key,
  offered_at_ms double precision not null,
  used_at_ms double precision,
  used_by text
);

create table audit_log (
  id bigint generated always as identity primary key,
  at_ms double precision not null,
  action text not null,
  account_id text,
  key_id text,
  org_id text,
  detail text,
  address text not null
);
create index audit_log_org on audit_log (org_id, id);
create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log only grows';
end $$;
create trigger audit_log_grows before update or delete on audit_log
  for each row execute function refuse_audit_change();
create trigger audit_log_stays before truncate on audit_log
  for each statement execute function refuse_audit_change();
`,
} as const
