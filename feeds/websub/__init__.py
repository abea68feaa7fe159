"""WebSub (W3C Recommendation of 23 January 2018): hubs that bring what is new, so that it need not be polled for."""
