#pragma once

#include "base/utf8.hpp"

namespace sealpost::mail {

// By the names that mail knew them under.
using sealpost::clean_utf8;
using sealpost::CodePoint;
using sealpost::Controls;
using sealpost::first_code_point;
using sealpost::invalid_code_point;
using sealpost::is_ascii;
using sealpost::is_utf8;

}  // namespace sealpost::mail
