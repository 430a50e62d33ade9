_Pragma("pack(push, 3)") struct p { char c; };
