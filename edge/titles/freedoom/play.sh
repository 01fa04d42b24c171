#!/bin/sh
# Settings are ours on the first visit and the player's own afterwards. Straight into the first map.
home="$HOME/freedoom"
mkdir -p "$home/saves"
for file in default.cfg crispy-doom.cfg; do
  [ -e "$home/$file" ] || cp "$1/$file" "$home/$file"
done
exec /usr/games/crispy-doom -nogui -iwad /usr/share/games/doom/freedoom1.wad -skill 3 -warp 1 1 \
  -config "$home/default.cfg" -extraconfig "$home/crispy-doom.cfg" -savedir "$home/saves"
