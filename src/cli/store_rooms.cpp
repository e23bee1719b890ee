#include "cli/store_rooms.hpp"

#include "core/alerts/schema.hpp"
#include "core/dmarcreports/schema.hpp"
#include "core/domains/schema.hpp"
#include "core/keys/schema.hpp"
#include "core/mtasts/schema.hpp"
#include "core/people/schema.hpp"
#include "core/queue/schema.hpp"
#include "core/revisions/policy_tables.hpp"
#include "core/tlsreports/schema.hpp"
#include "core/traffic/schema.hpp"

namespace sealpost::cli {
namespace {

// Every room that keeps tables, by the name that it gives to Database::migrate.
const std::map<std::string, std::size_t>& known_versions()
{
    static const std::map<std::string, std::size_t> known{
        {"alerts", alerts::schema_steps().size()},
        {"domains", domains::schema_steps().size()},
        {"keys", keys::schema_steps().size()},
        {"mtasts", mtasts::schema_steps().size()},
        {"people", people::schema_steps().size()},
        {"policy", revisions::list_schema_steps().size()},
        {"queue", queue::schema_steps().size()},
        {"reports", dmarcreports::schema_steps().size()},
        {"tlsreports", tlsreports::schema_steps().size()},
        {"traffic", traffic::schema_steps().size()},
    };
    return known;
}

}  // namespace

Result<> check_room_versions(const std::map<std::string, std::size_t>& versions)
{
    for (const auto& [room, version] : versions) {
        const auto known = known_versions().find(room);
        if (known != known_versions().end() && version <= known->second) continue;
        return Error{Fault::config, "it holds " + room + " data of version " + std::to_string(version) +
                                        ", made by a newer program: restore it with that one"};
    }
    return {};
}

}  // namespace sealpost::cli
