#include "sheetbq/app/man_page.hpp"

#include "support/catch.hpp"

#include <array>

using namespace sheetbq::app;

namespace {

constexpr std::array flags{
    Flag{"host", "HOST", "APP_HOST PGHOST", "", "Server", "a \\ in it"},
    Flag{"password", "TEXT", "", "hush", "Server", "never shown", true, 'p'},
    Flag{"wait", "", "", "true", "Runs", ".begins with a dot"},
};

bool has(const std::string& page, std::string_view text) {
    return page.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("a manual page tells of flags, variables, files, examples and exit codes") {
    const auto page = man_page({.name = "app-job",
                                .summary = "does things",
                                .details = "'Quoted' first.\n\nSecond.",
                                .commands = nullptr,
                                .flags = {flags.begin(), flags.end()},
                                .variables = {{"APP_HOST", "see --host"}},
                                .files = {{"~/.app", "settings"}},
                                .examples = {{"app-job --host=db", "asks the database"}},
                                .see_also = {"app-helper", "app-server"}});
    CHECK(has(page, ".Dt APP-JOB 1\n"));
    CHECK(has(page, ".Nm app-job\n.Nd does things\n"));
    CHECK(has(page, "\\&'Quoted' first.\n.Pp\nSecond.\n"));
    CHECK(has(page, ".Ss Server\n"));
    CHECK(
        has(page, ".It Fl Fl host Ns = Ns Ar \\&HOST\nA \\e in it.\nVariable: APP_HOST PGHOST.\n"));
    CHECK(has(page, ".It Fl p , Fl Fl password Ns = Ns Ar \\&TEXT\nNever shown.\n"));
    CHECK_FALSE(has(page, "hush"));
    CHECK(has(page, "Fl Fl \\&[no-]wait\n\\&.begins with a dot.\n"));
    CHECK(has(page, ".It Ev \\&APP_HOST\nSee --host.\n"));
    CHECK(has(page, ".It Pa \\&~/.app\n"));
    CHECK(has(page, "Asks the database:\n.Bd -literal -offset indent\napp-job --host=db\n.Ed\n"));
    CHECK(has(page, ".It 75\n"));
    CHECK(has(page, ".Xr app-helper 1 ,\n.Xr app-server 1\n"));
}

TEST_CASE("a program's commands stand under their headings, with their own flags alone") {
    const CommandSet set{
        .program = "app",
        .summary = "does things",
        .examples = {},
        .commands = {{.path = "runs show",
                      .heading = "Look",
                      .summary = "show one",
                      .details = "More.",
                      .arguments = {{.name = "RUN", .description = "a run", .required = true},
                                    {.name = "MORE", .description = "others", .many = true}},
                      .examples = {},
                      .flags = {std::span{flags}.first(1), flags}},
                     {.path = "inner",
                      .heading = "Other",
                      .summary = "unseen",
                      .details = {},
                      .arguments = {},
                      .examples = {},
                      .flags = {},
                      .hidden = true}}};
    const auto page = man_page({.name = "app-helper",
                                .summary = "does things",
                                .details = "X.",
                                .commands = &set,
                                .flags = {flags.begin() + 1, flags.end()},
                                .variables = {},
                                .files = {},
                                .examples = {},
                                .see_also = {}});
    CHECK(has(page, ".Nm app-helper ,\n.Nm app\n"));
    CHECK(has(page, ".Ss Look\n"));
    CHECK(has(page,
              ".It Cm \"\\&runs show\" Ar \\&RUN Oo Ar \\&MORE ... Oc\nShow one.\n.Pp\nMore.\n"));
    CHECK_FALSE(has(page, "inner"));
    CHECK(has(page, ".Sh FLAGS OF ALL COMMANDS\n"));
    CHECK(page.find("Fl Fl host") == page.rfind("Fl Fl host"));
}

TEST_CASE("each variable is explained once") {
    std::size_t times = 0;
    for (const auto& entry : manual_variables(flags))
        if (entry.name == "PGHOST") ++times;
    CHECK(times == 1);
    const std::array twice{Flag{"log", "WORD", "LOG_LEVEL", "", "Output", "how much"}};
    times = 0;
    for (const auto& entry : manual_variables(twice))
        if (entry.name == "LOG_LEVEL") ++times;
    CHECK(times == 1);
}
