#!/bin/sh
# A first visit starts in the first level; after it, and on every later visit, there is the whole game behind its menu.
game="/usr/games/supertux2 --renderer sdl --geometry 1280x720 --window"
data="$HOME/.local/share/supertux2"
if [ ! -e "$data/played" ]; then
  mkdir -p "$data"
  : >"$data/played"
  $game /usr/share/games/supertux2/levels/world1/welcome_antarctica.stl
fi
exec $game
