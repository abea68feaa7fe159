# What Firetime may do in Vault or OpenBao: read the secrets of the customers that are configured, look after its own
# token, and nothing else. Each path is written out: when a customer or a feed's sign-in comes, goes or moves, make the
# policy anew, from your own configuration:
#
#   firetime vault policy --no-test > firetime.hcl
#   vault policy write firetime firetime.hcl

# The Ayrshare API key of the operator's account.
path "secret/data/firetime/ayrshare" {
  capabilities = ["read"]
}

# acme: the keys of its X app, its Profile-Key.
path "secret/data/customers/acme" {
  capabilities = ["read"]
}

# To see how long its own token lives.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}

# To renew it.
path "auth/token/renew-self" {
  capabilities = ["update"]
}

# To give it up.
path "auth/token/revoke-self" {
  capabilities = ["update"]
}

# To ask what it may do: firetime vault policy.
path "sys/capabilities-self" {
  capabilities = ["update"]
}
