/* Words that reach the window from tables of lower layers; read by xgettext, never compiled. */
N_("neutral") N_("happiness") N_("surprise") N_("sadness")
N_("anger") N_("disgust") N_("fear") N_("contempt") N_("not sure")
N_("0.771 (one person against the majority of nine others, FER+ test pictures)")
