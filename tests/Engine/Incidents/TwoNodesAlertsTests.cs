using System.Net;
using System.Net.Http.Json;
using FluentAssertions;
using Homelab.Engine.Incidents;
using Homelab.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.Incidents;

/// <summary>What holds when nodes share the work, and when one dies between accepting and working.</summary>
public sealed class TwoNodesAlertsTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Alerts_ToTwoNodesAtOnce_AreOneIncidentACauseAndToldOnce()
    {
        await using var one = await TestServer.StartAsync(("Storage:ConnectionString", postgres.ConnectionString));
        await using var two = await TestServer.StartAsync(("Storage:ConnectionString", postgres.ConnectionString));
        await Parallel.ForEachAsync(Enumerable.Range(0, 400), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (number, cancellationToken) =>
        {
            var alerts = new[] { Alert(number % 20, "firing"), Alert(20 + (number % 20), "firing") };
            var answer = await (number % 2 == 0 ? one : two).Http.PostAsJsonAsync("/api/alerts/alertmanager", new { receiver = "r", status = "firing", alerts, version = "4" }, cancellationToken);
            answer.StatusCode.Should().Be(HttpStatusCode.Accepted);
        });
        var store = one.Services.GetRequiredService<IncidentStore>();
        await EmptyAsync(one);
        var incidents = await store.OpenAsync(default);
        incidents.Should().HaveCount(40);
        incidents.Sum(incident => incident.Deliveries).Should().Be(800, "nothing is lost and nothing counted twice");
        await TestWait.UntilAsync(async () => (await store.OpenAsync(default)).All(incident => incident.AnnounceAt is null));
        var told = await postgres.Database.ReadAsync(session => session.ScalarAsync<long>("SELECT COUNT(*) FROM notices WHERE id LIKE 'incident-%'", null, default), default);
        told.Should().Be(40);

        // Both nodes hear of the ends, several times.
        foreach (var server in new[] { one, two })
            (await server.Http.PostAsJsonAsync("/api/alerts/alertmanager", new { receiver = "r", status = "resolved", alerts = Enumerable.Range(0, 40).Select(cause => Alert(cause, "resolved")), version = "4" })).EnsureSuccessStatusCode();
        await EmptyAsync(two);
        (await store.OpenAsync(default)).Should().BeEmpty();
        (await store.ListAsync(new IncidentFilter(States: [IncidentState.Resolved]), 0, 100, default)).Items.Should().OnlyContain(incident => incident.Resolution == "gone");
    }

    private static object Alert(int cause, string status) => new { status, labels = new { alertname = "ServiceDown", service = $"two-nodes-{cause}" }, annotations = new { summary = $"service {cause} is down" }, startsAt = "2026-11-21T03:19:02Z" };

    private static Task EmptyAsync(TestServer server) => TestWait.UntilAsync(async () => (await server.Services.GetRequiredService<AlertInbox>().CountAsync(default)).Waiting == 0);
}

/// <summary>What is stored is correlated whoever accepted it: accepted by a process that is gone.</summary>
public abstract class AcceptedAlertsTests(DatabaseFixture fixture)
{
    private protected abstract (string Name, string Value) Storage { get; }

    [Fact]
    public async Task Accepted_ByAProcessThatDied_IsWorkedOffByTheNext()
    {
        await using (var inbox = new AlertInbox(fixture.Database, TimeProvider.System))
        {
            await inbox.AddAsync(new Delivery("test", "", [ShippedIncidentRules.Alert("ContainerDown", ("container", "left-behind"))]), default);
            await inbox.AddAsync(new Delivery("test", "", [ShippedIncidentRules.Alert("ContainerDown", ("container", "left-behind")).Over()]), default);
            await inbox.AddAsync(new Delivery("test", "", [ShippedIncidentRules.Alert("ContainerDown", ("container", "other"))]), default);
        }

        // A row that nobody can read must not hold up the others.
        await fixture.Database.WriteAsync(
            session => session.ExecuteAsync("INSERT INTO alert_inbox (id, source, receiver, received_at, alerts, attempts, due_at, dead) VALUES ('0', 'test', '', @now, '{\"not\":\"a list\"}', 4, 0, 0)", new { now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() }, default), default);
        await using var server = await TestServer.StartAsync(Storage);
        var store = server.Services.GetRequiredService<IncidentStore>();
        IReadOnlyList<Incident> items = [];
        await TestWait.UntilAsync(async () => (items = [.. (await store.ListAsync(new IncidentFilter(), 0, 10, default)).Items.Where(incident => incident.Service is "left-behind" or "other")]).Count == 2);
        items.Select(incident => (incident.Service, incident.State)).Should().BeEquivalentTo([("left-behind", IncidentState.Resolved), ("other", IncidentState.Open)]);
        await TestWait.UntilAsync(async () => (await server.Services.GetRequiredService<AlertInbox>().CountAsync(default)) == (0, 1));
    }

    [Fact]
    public async Task States_OnlyMoveAsTheyMay()
    {
        await using var server = await TestServer.StartAsync(Storage);
        var (desk, store, inbox) = (server.Services.GetRequiredService<IncidentDesk>(), server.Services.GetRequiredService<IncidentStore>(), server.Services.GetRequiredService<AlertInbox>());
        await inbox.AddAsync(new Delivery("test", "", [ShippedIncidentRules.Alert("ContainerDown", ("container", "states"))]), default);
        Incident? incident = null;
        await TestWait.UntilAsync(async () => (incident = (await store.OpenAsync(default)).FirstOrDefault(open => open.Service == "states")) is not null);
        foreach (var (state, legal) in new[]
        {
            (IncidentState.Diagnosing, true), (IncidentState.Verifying, false), (IncidentState.Acting, true), (IncidentState.Resolved, false), (IncidentState.Verifying, true), (IncidentState.NeedsPerson, true),
            (IncidentState.Acting, true), (IncidentState.Verifying, true), (IncidentState.Resolved, true), (IncidentState.Acting, false), (IncidentState.Open, false),
        })
        {
            var change = await desk.SetStateAsync(incident!.Id, state, $"to {state}", default);
            (change is IncidentChange.Done).Should().Be(legal, $"{state}: {change}");
        }

        (await desk.ReopenAsync(incident!.Id, "again", "somebody", default)).Should().BeOfType<IncidentChange.Done>();
        var again = await store.FindAsync(incident.Id, default);
        (again!.State, again.Openings, again.ResolvedAt).Should().Be((IncidentState.Open, 2, null));
        (await store.FindOpenByFingerprintAsync(incident.Fingerprint, default))!.Id.Should().Be(incident.Id);
        (await desk.SetStateAsync("nothing", IncidentState.Closed, "", default)).Should().BeOfType<IncidentChange.Missing>();

        await desk.SetStateAsync(incident.Id, IncidentState.Closed, "over", default, "somebody", isPerson: true);
        (await store.FindAsync(incident.Id, default))!.Resolution.Should().Be("person");
        (await store.PruneAsync(TimeProvider.System.GetUtcNow().AddHours(-1), default)).Should().Be(0);
        (await store.FindAsync(incident.Id, default)).Should().NotBeNull();
    }
}

public sealed class SqliteAcceptedAlertsTests : AcceptedAlertsTests, IClassFixture<SqliteFixture>
{
    private readonly string _directory;

    public SqliteAcceptedAlertsTests(SqliteFixture fixture)
        : base(fixture) => _directory = Path.GetDirectoryName(fixture.Path)!;

    private protected override (string Name, string Value) Storage => ("Storage:Directory", _directory);
}

public sealed class PostgresAcceptedAlertsTests(PostgresFixture fixture) : AcceptedAlertsTests(fixture), IClassFixture<PostgresFixture>
{
    private readonly PostgresFixture _fixture = fixture;

    private protected override (string Name, string Value) Storage => ("Storage:ConnectionString", _fixture.ConnectionString);
}
