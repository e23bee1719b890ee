// A mail server for the dialogues: takes mail for acme.test and throws it away.
//
//   dialog_server               prints its endpoint, and serves until its standard input ends
//   dialog_server COMMAND ...   runs COMMAND ... with its endpoint as the next argument but first,
//                               and ends with its status:  dialog_server run.py cases/*.dialog
#include "serve/post_office.hpp"

#include <cstdio>
#include <cstdlib>
#include <iostream>

using namespace sealpost;

namespace {

std::string quote(std::string_view word)
{
    std::string quoted = "'";
    for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

}  // namespace

int main(int argc, char** argv)
{
    const smtpd::Authority authority;
    smtpd::MailServerOptions options = smtpd::PostOffice::plain();
    options.identity = authority.identity("mx.acme.test");
    options.profile.offer_starttls = true;
    options.profile.may_offer_auth = true;
    options.profile.limits.max_idle_commands = 100;
    options.log = log::Log::to_file("dialog_server.log", log::Format::json, log::Level::info);
    smtpd::PostOffice office(std::move(options));
    const std::string endpoint = format_endpoint(office.endpoint());
    if (argc < 2) {
        std::puts(endpoint.c_str());
        std::fflush(stdout);
        std::string line;
        while (std::getline(std::cin, line)) {
        }
        return 0;
    }
    std::string command = quote(argv[1]) + ' ' + endpoint;
    for (int i = 2; i < argc; ++i) command += ' ' + quote(argv[i]);
    const int status = std::system(command.c_str());
    return status == 0 ? 0 : 1;
}
