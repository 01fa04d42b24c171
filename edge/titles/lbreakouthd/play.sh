#!/bin/sh
# Settings are ours on the first visit and the player's own afterwards.
mkdir -p "$HOME/.lbreakouthd"
[ -e "$HOME/.lbreakouthd/lbreakouthd.conf" ] || cp "$1/lbreakouthd.conf" "$HOME/.lbreakouthd/lbreakouthd.conf"
exec /usr/games/lbreakouthd
