#pragma once

#include "base/cut_text.hpp"

namespace sealpost::mail {

// By the names that mail knew them under.
using sealpost::cut_text;
using sealpost::find_cut;

}  // namespace sealpost::mail
