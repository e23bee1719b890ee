#pragma once

#include <string>

namespace sealpost::cli {

// Checks of an option's value (CLI::Option::check): what is wrong with it; "": nothing.

[[nodiscard]] std::string refuse_nothing(const std::string& text);
// A domain, or a literal such as [192.0.2.1] in its place.
[[nodiscard]] std::string refuse_no_mail_domain(const std::string& text);
[[nodiscard]] std::string refuse_no_domain(const std::string& text);
[[nodiscard]] std::string refuse_no_address(const std::string& text);
// By which the queue is chosen: an address, @DOMAIN, or <>.
[[nodiscard]] std::string refuse_no_sender(const std::string& text);
// 90s, 15m, 2h, 3d.
[[nodiscard]] std::string refuse_no_duration(const std::string& text);

}  // namespace sealpost::cli
