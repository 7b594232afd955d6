#!/bin/sh
# The arrows between the layers go downwards only, and the libraries never print or exit.
#   layers.sh SOURCE_ROOT
set -eu
cd "$1"
failed=0
# must_not FOLDER PATTERN WHAT
must_not() {
    if hits=$(grep -rnE --include='*.c' --include='*.h' --include='*.cpp' -- "$2" $1); then
        echo "$3:"
        echo "$hits"
        failed=1
    fi
}
must_not core '#include [<"](opencv|SDL|vis/|ui/|libav)' 'core includes a layer above it'
must_not 'core/src/base core/include/base' '#include "(nn|mon)/' 'core/base includes a layer above it'
must_not 'core/src/mon core/include/mon' '#include "nn/' 'core/mon includes core/nn'
must_not 'core/src/nn core/include/nn' '#include "mon/' 'core/nn includes core/mon'
must_not vision '#include [<"](nn/|ui/|SDL)' 'vision includes the network or ui'
must_not ui '#include [<"](vis/|nn/|opencv|libav)' 'ui includes vision or the network'
must_not app '#include [<"](opencv|SDL)' 'app includes OpenCV or SDL itself'
must_not app/session '#include "(desk/|lab/|pipeline|recording|vis/|ui/)' 'a session knows the desk, the pipeline or the picture'
must_not app/lab '#include "(desk/|session/|pipeline|ui/)' 'the researcher'"'"'s tools include the desk or sessions'
must_not 'core vision ui' '(^|[^a-z_f])(printf|puts|perror|exit|abort)\(' 'a library prints or exits'
if hits=$(grep -rlE '#include [<"]opencv' --include='*.c' --include='*.h' --include='*.cpp' core vision ui app |
          grep -v '^vision/src/cv_shim\.cpp$'); then
    echo "OpenCV outside vision/src/cv_shim.cpp: $hits"
    failed=1
fi
exit $failed
