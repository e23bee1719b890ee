#pragma once
#include <cstdint>
#include <string>

#include "options.hpp"

namespace mail_load {

// What is sent: the same octets for every server but for the number of the message.
class MessageMaker {
public:
    explicit MessageMaker(const Options& options);

    [[nodiscard]] std::string mail_command() const { return "MAIL FROM:<" + options_.sender + ">\r\n"; }
    [[nodiscard]] std::string rcpt_command(std::uint32_t serial, int number) const;
    // With the final dot.
    [[nodiscard]] std::string content(std::uint32_t serial) const;

private:
    [[nodiscard]] std::string head(std::uint32_t serial) const;
    [[nodiscard]] std::string recipient(std::uint32_t serial, int number) const;

    const Options& options_;
    std::string date_;
    std::string body_;
};

}  // namespace mail_load
