"""Who can show what was done with which keys: the audit, the policy in Vault, the compliance report."""
