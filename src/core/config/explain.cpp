// What `config explain` and `config example` print.
#include "core/config/key_table.hpp"
#include "core/config/node_config.hpp"

namespace sealpost::config {
namespace {

constexpr std::string_view second_certificate = "\n[[certificate]]\nname = \"keys\"\n";  // that [service] names

std::string show_value(const Key& key)
{
    // Beside the file nobody but root may write; the folder of keys belongs to the node.
    if (key.name == "kek") return "\"file:keys/kek.key\"";
    return std::string(key.fallback.empty() ? key.example : key.fallback);
}

}  // namespace

std::optional<std::string> explain_key(std::string_view key) { return explain_in(node_sections(), key); }

std::vector<std::string> find_similar_keys(std::string_view key) { return find_similar_in(node_sections(), key); }

std::string make_example()
{
    std::string out =
        "# Sealpost: what belongs to this machine. Every key is shown; those with a # in front have\n"
        "# no default or are not needed for a start. `sealpost config explain KEY` says more.\n";
    for (const auto& section : node_sections()) {
        if (section.name == "listener") out += second_certificate;
        out += "\n# " + std::string(section.doc) + '\n' + (section.in_example ? "" : "#") + (section.repeated ? "[[" : "[") +
               std::string(section.name) + (section.repeated ? "]]\n" : "]\n");
        for (const auto& key : section.keys) {
            const bool needed = section.in_example && (key.required || !key.fallback.empty() ||
                                                       (key.name == "certificate" && section.name == "listener"));
            out +=
                "# " + std::string(key.doc) + '\n' + (needed ? "" : "#") + std::string(key.name) + " = " + show_value(key) + '\n';
        }
    }
    return out;
}

}  // namespace sealpost::config
