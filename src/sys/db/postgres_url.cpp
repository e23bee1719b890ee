#include "sys/db/postgres_url.hpp"

#include "base/text.hpp"

#include <libpq-fe.h>

#include <algorithm>
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

}  // namespace

Result<PostgresUrl> PostgresUrl::parse(const std::string& url)
{
    char* problem = nullptr;
    const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(PQconninfoParse(url.c_str(), &problem),
                                                                                 PQconninfoFree);
    const std::unique_ptr<char, void (*)(void*)> owned(problem, PQfreemem);
    // What libpq says of it quotes what it could not read, which may be a password.
    if (!options) return Error{Fault::config, "no URL that PostgreSQL's clients read: postgresql://USER@HOST/DATABASE?…"};
    PostgresUrl read;
    std::string_view host, address;
    for (const auto* option = options.get(); option->keyword; ++option) {
        const std::string_view keyword = option->keyword;
        if (!option->val) continue;
        if (keyword == "host") host = option->val;
        if (keyword == "hostaddr") address = option->val;
        if (keyword == "password") read.has_password = true;
        if (keyword == "sslmode") read.sslmode = option->val;
    }
    read.is_local = are_local(address.empty() ? host : address);
    return read;
}

}  // namespace sealpost::db
