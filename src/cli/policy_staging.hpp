#pragma once

#include "cli/context.hpp"
#include "cli/policy_access.hpp"
#include "core/revisions/policy_editor.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace sealpost::cli {

// As whom a change of the policy is staged, upon what, and whether DNS is asked about it.
struct Staging {
    std::string author;   // empty: the user's name
    std::string edition;  // that somebody saw; empty: any
    bool no_dns = false;
};
void add_author(CLI::App& command, std::string& author);
// --author, --edition and --no-dns; answers that of the edition.
CLI::Option* add_staging_options(CLI::App& command, Staging& staging);
[[nodiscard]] std::string author_of(const Staging& staging);

// Opens the store, runs the command, tells what failed.
template <class Command>
void with_access(Context& context, Command command, Missing missing = Missing::refused)
{
    auto access = PolicyAccess::open(context.config_path, missing);
    if (access.has_error()) return context.fail(access.error());
    const Result<> done = command(**access);
    if (done.has_error()) context.fail(done.error());
}

// What became of it, with what this node's configuration, and DNS where it may be asked, have to say about what was staged.
// `more` stands beside the rest of the JSON.
[[nodiscard]] Result<> answer_staged(Context& context, PolicyAccess& access, revisions::SubmitResult result,
                                     const Staging& staging, boost::json::object more = {});

// Makes the edit, stages and answers it. As with a whole document, what somebody else has staged stays as it is unless its
// edition was named; then the edit is made on top of it.
[[nodiscard]] Result<> stage_edit(Context& context, PolicyAccess& access, const revisions::MakeEdit& make,
                                  const Staging& staging);

}  // namespace sealpost::cli
