#pragma once

#include <string>

namespace sealpost::people {

// Two plain words, "AMBER-RIVER", that the page and the mail both show: people see that the mail
// belongs to their page. They prove nothing and are no secret.
[[nodiscard]] std::string make_reference();

}  // namespace sealpost::people
