// engine/c_api_model.h - what is behind linnet_model.
#pragma once

#include "linnet/model.h"

struct linnet_model {
  linnet::Model model;
};
