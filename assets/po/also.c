/* Words that reach the window from tables of lower layers; read by xgettext, never compiled. */
N_("neutral") N_("happiness") N_("surprise") N_("sadness")
N_("anger") N_("disgust") N_("fear") N_("contempt") N_("not sure")
N_("Ctrl") N_("Shift") N_("Space") N_("PgUp") N_("PgDn") N_("Tab") N_("Esc") /* keys of the help */
N_("0.771 (one person against the majority of nine others, FER+ test pictures)")
