using FluentAssertions;
using Homelab.Engine;
using Homelab.Engine.Api;
using Homelab.Engine.Controls;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Gate;
using Homelab.Tests.Storage;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Homelab.Tests.Engine.Gate;

/// <summary>The gate as the product puts it together: what a server that is not started yet has, where it looks for rules, and that it keeps looking.</summary>
public sealed class GateSetupTests(SqliteFixture fixture) : GateTestBase(fixture), IClassFixture<SqliteFixture>
{
    [Fact]
    public async Task Server_Made_HasTheGateBeforeEveryEffectAndAllItsRoutes()
    {
        await using var app = Server.Create(new Dictionary<string, string?>
        {
            ["Storage:Directory"] = Path.Combine(World.RulesDirectory, "data"),
            ["Rules:Directory"] = World.RulesDirectory,
        });
        var services = app.Services;
        services.GetRequiredService<IGate>().Should().BeSameAs(services.GetRequiredService<EffectGate>());
        services.GetRequiredService<EffectCheck>().Should().NotBeNull();
        services.GetRequiredService<Foresight>().Should().NotBeNull();
        services.GetServices<LiveProbe>().Select(probe => probe.Kind).Should().Contain(AuditFollower.Kinds);
        var hosted = services.GetServices<IHostedService>().ToList();
        hosted.Should().Contain(services.GetRequiredService<EmergencyStop>()).And.ContainSingle(one => one is GateWatch);
        var settings = services.GetRequiredService<LiveSettings>();
        (settings.RulesDirectory, settings.PreferencesFile).Should().Be((World.RulesDirectory, Path.Combine(World.RulesDirectory, "data", "preferences.json")));

        var routes = ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().Select(one => one.RoutePattern.RawText!.TrimEnd('/'));
        routes.Should().Contain(["/api/approvals", "/api/changes", "/api/controls", "/api/controls/limits", "/api/rules", "/api/decisions", "/api/audit"]);
    }

    [Theory]
    [InlineData("../own.json", "../own.json")]
    [InlineData(null, "data/preferences.json")]
    public async Task Server_PreferencesFile_IsTheConfiguredOneElseInTheDataDirectory(string? configured, string file)
    {
        await using var app = Server.Create(new Dictionary<string, string?>
        {
            ["Storage:Directory"] = Path.Combine(World.RulesDirectory, "data"),
            ["Preferences:File"] = configured is null ? "" : Path.Combine(World.RulesDirectory, configured),
        });
        app.Services.GetRequiredService<LiveSettings>().PreferencesFile.Should().Be(Path.GetFullPath(Path.Combine(World.RulesDirectory, file)));
    }

    [Fact]
    public void RulesDirectory_Configured_IsThatOne() =>
        GateSetup.RulesDirectory(Configured(Path.Combine(World.RulesDirectory, "..", "other"))).Should().Be(Path.GetFullPath(Path.Combine(World.RulesDirectory, "..", "other")));

    [Fact]
    public void RulesDirectory_NothingConfigured_IsTheOneAboveTheExecutableThatHasAPolicy()
    {
        var found = GateSetup.RulesDirectory(Configured(""));
        File.Exists(Path.Combine(found, "policy.json")).Should().BeTrue(found);
        found.Should().EndWith(Path.Combine("rules", "library"));
        AppContext.BaseDirectory.Should().StartWith(Path.GetFullPath(Path.Combine(found, "..", "..")));
    }

    [Fact]
    public async Task Watch_FilesEdited_AreInForceAMomentLaterAndQuestionsTimeOut()
    {
        var settings = new LiveSettings(World.RulesDirectory, World.PreferencesFile, NullLogger<LiveSettings>.Instance);
        using var watch = new GateWatch(settings, World.Desk, World.Time, NullLogger<GateWatch>.Instance);
        settings.Policy.Should().BeNull("nobody has read it yet");
        await watch.StartAsync(default);
        var first = settings.Policy;
        first.Should().NotBeNull("nothing is decided before the rules are read");

        var held = (GateAnswer.Held)await World.Gate.AskAsync(World.Request(World.Wipe, new { name = "web" }), default);
        World.Policy("\"risk\": \"low\", \"above\": 0.90", "\"risk\": \"low\", \"above\": 0.80");
        await TicksAsync(() => Task.FromResult(!ReferenceEquals(settings.Policy, first)));

        // Whatever is wrong with files: nothing can be read through these settings any more.
        settings.Dispose();
        World.Time.Advance(TimeSpan.FromMinutes(5));
        await TicksAsync(async () => (await World.Desk.FindAsync(held.ApprovalId, default))!.State == "timedOut");
        await watch.StopAsync(default);

        async Task TicksAsync(Func<Task<bool>> holds)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            while (!await holds())
            {
                World.Time.Advance(TimeSpan.FromMilliseconds(500));
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, patience.Token);
            }
        }
    }

    private static IConfiguration Configured(string rules) => new ConfigurationBuilder().AddInMemoryCollection([new("Rules:Directory", rules)]).Build();
}
