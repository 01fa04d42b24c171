#!/bin/sh
# Settings are ours on the first visit and the player's own afterwards. Straight into the first map.
home="$HOME/freedoom-lite"
mkdir -p "$home/saves"
for file in default.cfg chocolate-doom.cfg; do
  [ -e "$home/$file" ] || cp "$1/$file" "$home/$file"
done
exec /usr/games/chocolate-doom -nogui -iwad /usr/share/games/doom/freedoom1.wad -skill 3 -warp 1 1 \
  -config "$home/default.cfg" -extraconfig "$home/chocolate-doom.cfg" -savedir "$home/saves"
