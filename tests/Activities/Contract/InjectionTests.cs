using FluentAssertions;
using Homelab.Activities;
using Microsoft.Extensions.DependencyInjection;
using System.Text.Json.Nodes;
using Xunit;

namespace Homelab.Tests.Activities.Contract;

/// <summary>Hostile names in every text input of every activity: refused, or an argument or an escaped piece of a path, never code.</summary>
public sealed class InjectionTests
{
    private static readonly string[] Hostile =
    [
        "x; reboot", "$(id)", "`id`", "../../etc", "..", "a\nb", "a\r\nX-Evil: 1", "--help", "-rf", "a|b", "a&b=c", "a?b#c", "a%2e%2e/b", "'quoted'", "\"", "\u202e\u0000x", "ünï✓", "/x/../../etc/shadow",
        "; DROP TABLE x; --",
    ];

    public static TheoryData<string> Programs => [.. Tools.ByPrograms.Select(activity => activity.Id)];

    public static TheoryData<string> Requests => [.. Tools.OverHttp.Where(activity => !Tools.TakesUrl(activity)).Select(activity => activity.Id)];

    [Theory, MemberData(nameof(Programs))]
    public async Task Execute_HostileText_IsNeverInAScriptNorAProgramName(string id)
    {
        var scripts = await ScriptsAsync(id, ProcessContractTests.Sample(id), null);
        foreach (var (hostile, input) in Inputs(id))
            (await ScriptsAsync(id, input, hostile)).Should().BeSubsetOf(scripts, $"{id} runs scripts of its own only, whatever it is given");
    }

    private static async Task<IReadOnlyList<string>> ScriptsAsync(string id, JsonObject input, string? hostile)
    {
        var (environment, runner) = ProcessContractTests.Environment(id);
        using var _ = environment;
        runner.Answer = ProcessContractTests.Plausible;
        await TryAsync(environment, id, input);
        // ssh.run_command is asked for a program of the user's choosing; there the choice is the feature and the gate the guard.
        if (hostile is not null && id != "ssh.run_command")
            runner.Seen.Select(command => command.Program).Should().NotContain(hostile);
        return [.. runner.Seen.Where(command => command.Program == "sh" && command.Arguments[0] == "-c").Select(command => command.Arguments[1])];
    }

    [Theory, MemberData(nameof(Requests))]
    public async Task Execute_HostileText_IsEscapedInThePath(string id)
    {
        await using var server = await FakeServer.StartAsync();
        server.Answer = FakeServer.Status(200, "{}");
        using var environment = new ActivityEnvironment(
            Tools.Http[ActivityCatalog.All.Single(activity => activity.Id == id).Tool](server.Url).Select(setting => KeyValuePair.Create(setting.Key, setting.Value)),
            services => services.AddSingleton<IProcessRunner>(new RecordingRunner()));
        await TryAsync(environment, id, ProcessContractTests.Sample(id));
        var depth = server.Seen.Select(request => request.Path.Count(letter => letter == '/')).DefaultIfEmpty().Max();
        foreach (var (hostile, input) in Inputs(id))
        {
            var before = server.Seen.Count;
            await TryAsync(environment, id, input);
            foreach (var request in server.Seen.Skip(before))
            {
                request.Path.Should().MatchRegex("^[A-Za-z0-9/._~%:+@!$,=-]*$", $"{id} with {hostile}").And.NotContain("/../").And.NotEndWith("/..");
                request.Path.Count(letter => letter == '/').Should().BeLessThanOrEqualTo(depth, $"{id} with {hostile} is no deeper path");
                request.Headers.Keys.Should().NotContain("X-Evil");
            }
        }
    }

    /// <summary>The sample with each text in turn replaced by each hostile one, also within lists and objects.</summary>
    internal static IEnumerable<(string Hostile, JsonObject Input)> Inputs(string id)
    {
        var activity = ActivityCatalog.All.Single(candidate => candidate.Id == id);
        var texts = activity.InputSchema["properties"]!.AsObject().Where(property => property.Key != "connection").Select(property => property.Key).ToList();
        foreach (var name in texts)
        {
            foreach (var hostile in Hostile)
            {
                var input = Tools.Sample(activity);
                input[name] = input[name] switch
                {
                    JsonArray array => new JsonArray([.. array.Select(_ => JsonValue.Create(hostile))]),
                    JsonObject map => new JsonObject(map.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)JsonValue.Create(hostile)))),
                    _ => JsonValue.Create(hostile),
                };
                yield return (hostile, input);
            }
        }
    }

    private static async Task TryAsync(ActivityEnvironment environment, string id, JsonObject input)
    {
        try
        {
            await environment.Invoker(id).ExecuteAsync(ActivityEnvironment.Json(input), ActivityEnvironment.Context(), default);
        }
        catch (ActivityException)
        {
            // Refused: as good as escaped.
        }
    }
}
