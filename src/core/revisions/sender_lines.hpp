#pragma once

#include "core/revisions/edit.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sealpost::revisions {

// A sender of a group in its one spelling; empty for what is none.
[[nodiscard]] std::string normalise_sender(std::string_view written);
// As check_senders, against a list of the document (null: none).
[[nodiscard]] std::vector<SenderVerdict> check_lines(std::string_view pasted, const config::Value* senders);
// As it is written into the document.
[[nodiscard]] std::string format_entry(const SenderVerdict& verdict);

}  // namespace sealpost::revisions
