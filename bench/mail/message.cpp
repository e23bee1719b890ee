#include "message.hpp"

#include <ctime>
#include <random>

namespace mail_load {
namespace {

constexpr std::size_t line_octets = 78;  // with CRLF

std::string padded(std::uint32_t serial)
{
    const auto digits = std::to_string(serial);
    return std::string(10 - digits.size(), '0') + digits;
}

// Lines as base64 has them: nothing to compress, no dot at the beginning.
std::string make_body(std::size_t octets)
{
    static constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::mt19937 random(1);
    std::string body;
    while (body.size() < octets) {
        if (body.size() + 2 == octets || body.size() % line_octets == line_octets - 2)
            body += "\r\n";
        else
            body += letters[random() % 64];
    }
    if (!body.ends_with("\r\n")) body.replace(body.size() - 2, 2, "\r\n");
    return body;
}

std::string date_of_now()
{
    const std::time_t seconds = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[64];
    return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &parts)};
}

}  // namespace

MessageMaker::MessageMaker(const Options& options) : options_(options), date_(date_of_now())
{
    const std::size_t taken = head(0).size();
    body_ = make_body(options.message_bytes > taken + line_octets ? options.message_bytes - taken : line_octets) + ".\r\n";
}

std::string MessageMaker::recipient(std::uint32_t serial, int number) const
{
    std::string address = "u" + std::to_string(serial % 10'000) + "-" + std::to_string(number) + "@";
    if (options_.domains > 1) address += "d" + std::to_string(serial % static_cast<std::uint32_t>(options_.domains) + 1) + ".";
    return address + options_.recipient_domain;
}

std::string MessageMaker::rcpt_command(std::uint32_t serial, int number) const
{
    return "RCPT TO:<" + recipient(serial, number) + ">\r\n";
}

std::string MessageMaker::head(std::uint32_t serial) const
{
    const std::string number = padded(serial);
    return "From: Bench <" + options_.sender + ">\r\nTo: everybody@" + options_.recipient_domain + "\r\nSubject: Message " +
           number + "\r\nDate: " + date_ + "\r\nMessage-ID: <" + number + "@load.bench.test>\r\nX-Bench: " + number + "\r\n\r\n";
}

std::string MessageMaker::content(std::uint32_t serial) const
{
    std::string all = head(serial);
    all.reserve(all.size() + body_.size());
    all += body_;
    return all;
}

}  // namespace mail_load
