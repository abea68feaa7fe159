# What Firetime may do in Vault or OpenBao: read, and nothing else. For the default layout, on a KV v2 mount "secret".
#
#   vault policy write firetime config/vault-policy.hcl
#
# Then give Firetime a token with this policy: best through Vault Agent, which keeps it alive and writes it to the file
# that VAULT_TOKEN_FILE names.
#
# On a KV v1 mount there is no "data/" in the paths.

# Each customer's pair, and profile key, at secret/customers/<name>.
path "secret/data/customers/*" {
  capabilities = ["read"]
}

# The Ayrshare API key of the operator's account.
path "secret/data/firetime/ayrshare" {
  capabilities = ["read"]
}

# What signs in to feeds that need it, at secret/feeds/<name>.
path "secret/data/feeds/*" {
  capabilities = ["read"]
}

# To look at its own token and keep it alive; for tokens without the default policy.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}
path "auth/token/renew-self" {
  capabilities = ["update"]
}
