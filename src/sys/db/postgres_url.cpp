#include "sys/db/postgres_url.hpp"

#include "base/text.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace sealpost::db {
namespace {

bool is_local_host(std::string_view host)
{
    return host.empty() || host.starts_with('/') || host.starts_with('@') || host == "localhost" || host == "::1" ||
           host.starts_with("127.");
}

// Several may be named, tried in turn.
bool are_local(std::string_view hosts) { return std::ranges::all_of(split(hosts, ','), is_local_host); }

bool is_ports(std::string_view ports)
{
    return std::ranges::all_of(split(ports, ','),
                               [](std::string_view port) { return port.empty() || parse_decimal(port).has_value(); });
}

// What libpq says of it quotes what it could not read, which may be a password.
Error unreadable()
{
    return {Fault::config,
            "no URL that PostgreSQL's clients read: postgresql://USER@HOST/DATABASE?…; in a password \"/\" is %2F, \"@\" is %40"};
}

}  // namespace

Result<PostgresUrl> PostgresUrl::parse(const std::string& url)
{
    char* problem = nullptr;
    const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(PQconninfoParse(url.c_str(), &problem),
                                                                                 PQconninfoFree);
    const std::unique_ptr<char, void (*)(void*)> owned(problem, PQfreemem);
    if (!options) return unreadable();
    PostgresUrl read;
    std::string_view host, address;
    bool is_elsewhere =
        std::getenv("PGHOST") || std::getenv("PGHOSTADDR") || std::getenv("PGSERVICE");  // what libpq goes by then
    for (const auto* option = options.get(); option->keyword; ++option) {
        const std::string_view keyword = option->keyword;
        if (!option->val) continue;
        if (keyword == "host") host = option->val;
        if (keyword == "hostaddr") address = option->val;
        if (keyword == "service") is_elsewhere = true;
        // A password with a bare "/" or "@" in it ends early, and its rest is taken for these, which messages quote.
        if (keyword == "port" && !is_ports(option->val)) return unreadable();
        if (keyword == "dbname" && std::string_view(option->val).find('@') != std::string_view::npos) return unreadable();
        if (keyword == "password") read.has_password = true;
        if (keyword == "sslmode") read.sslmode = option->val;
    }
    const auto hosts = address.empty() ? host : address;
    read.is_local = are_local(hosts) && !(hosts.empty() && is_elsewhere);
    return read;
}

}  // namespace sealpost::db
