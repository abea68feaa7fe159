"""What is to be set in X's developer console, and at the account itself, before a customer's posts can go out."""

from scheduler.delivery.refusals import CALLBACK_URLS

APP_PERMISSIONS = "Read and write and Direct message"
APP_TYPE = "Web App, Automated App or Bot"

STEPS = (
    "In X's developer console, signed in as the customer, make a project and an app in it: an X app is its owner's.",
    f'In the app\'s user authentication settings choose the type "{APP_TYPE}".',
    f'Set its app permissions to "{APP_PERMISSIONS}".',
    f"Enter the callback URLs {', '.join(CALLBACK_URLS)}.",
    "Enter the customer's web site as the website URL.",
    "Buy credits for the developer account and set a spending cap: X charges the app's owner for each post.",
    "Generate the API key and its secret anew if the permissions were changed after they were made.",
    "Copy the API key and its secret (the consumer keys; not the access token) for the secret in Vault.",
    "At the X account, in its settings, switch on the Automated label, and name who runs the account.",
    "Say in the account's bio that posts are automated, and who runs it.",
)
"""The steps in their order. Sources: Ayrshare's documentation of BYO keys, X's automation rules."""
ATTESTED = {
    "permissions": f'The app\'s permissions are "{APP_PERMISSIONS}"',
    "automated_label": "The X account shows the Automated label",
    "bio": "Its bio says that posts are automated, and who runs it",
    "consent": "The account's owner agrees to these posts and their hashtags",
}
"""What a person can attest of them, by the keys of `[attested]`."""
