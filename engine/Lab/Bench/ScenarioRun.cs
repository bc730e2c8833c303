using System.Text.Json.Nodes;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Lab.World;

namespace Homelab.Engine.Lab.Bench;

/// <summary>One scenario, once: a homelab, the product around it, fast time. The product is driven from outside, as Alertmanager and a person drive it.</summary>
/// <param name="data">As <see cref="PrepareAsync"/> left it.</param>
internal sealed class ScenarioRun(Scenario scenario, string autonomy, int seed, string? data)
{
    /// <summary>A Tuesday in spring: no holiday, no change of clocks.</summary>
    private static readonly DateTimeOffset Day = new(2026, 4, 14, 0, 0, 0, TimeSpan.Zero);

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    /// <summary>So long nothing moves before it counts as over: alerts end some seconds after what they tell of.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(45);

    private readonly Dictionary<string, DateTimeOffset> _asked = [];
    private readonly LabCrash _crash = new();
    private volatile bool _dies;
    private WebApplication? _product;
    private ProductClient? _client;

    /// <summary>Starts a product once, so that not each scenario makes a database, takes all workflows and plans all schedules anew.</summary>
    /// <returns>The directory of its data; whoever asked for it deletes it.</returns>
    public static async Task<string> PrepareAsync(int seed, CancellationToken cancellationToken)
    {
        // The day before: no scenario may begin before what is stored.
        using var clock = new LabClock(Day.AddDays(-1));
        await using var lab = await LabRunner.StartAsync(seed, clock, "moderate", null, null, cancellationToken);
        var run = new ScenarioRun(new Scenario { Name = "", Title = "", Faults = [], Expect = new() }, "moderate", seed, null);
        await run.StartProductAsync(lab, clock, cancellationToken);
        await run.StopProductAsync();
        var data = Directory.CreateTempSubdirectory("homelab-bench-").FullName;
        foreach (var file in Directory.EnumerateFiles(lab.Data).Where(file => Path.GetFileName(file) != "preferences.json"))
            File.Copy(file, Path.Combine(data, Path.GetFileName(file)));
        return data;
    }

    public async Task<ScenarioResult> RunAsync(CancellationToken cancellationToken)
    {
        var real = TimeProvider.System.GetTimestamp();
        using var clock = new LabClock(Day + scenario.At.ToTimeSpan());
        await using var lab = await LabRunner.StartAsync(seed, clock, autonomy, scenario.Preferences, data, cancellationToken);
        var homelab = lab.Lab.Homelab;
        homelab.ProductDies += () => _dies = true;
        try
        {
            var before = Configuration(homelab);
            await StartProductAsync(lab, clock, cancellationToken);
            var began = clock.GetUtcNow();
            await WatchAsync(lab, clock, cancellationToken);
            var incidents = await _client!.IncidentsAsync(cancellationToken); // made by StartProductAsync
            var approvals = await _client.ApprovalsAsync(cancellationToken);
            var decisions = await _client.DecisionsAsync(cancellationToken);
            var notes = new List<(DateTimeOffset At, string Text)>();
            foreach (var incident in incidents)
                notes.AddRange(await _client.TimelineAsync((string)incident["id"]!, cancellationToken)); // every incident has one
            notes.AddRange(decisions.Select(decision => ((DateTimeOffset)decision["at"]!, $"decision: {decision["sentence"]}"))); // as above
            lock (homelab.Sync)
                return Judge(homelab, lab.Lab.Telegram.Chats.Of(LabHost.Person).Count(message => message.From == 0), incidents, approvals, notes, before, clock.GetUtcNow() - began, TimeProvider.System.GetElapsedTime(real));
        }
        finally
        {
            await StopProductAsync();
        }
    }

    private async Task WatchAsync(LabRunner lab, LabClock clock, CancellationToken cancellationToken)
    {
        var homelab = lab.Lab.Homelab;
        var (began, moved) = (clock.GetUtcNow(), clock.GetUtcNow());
        var waiting = new Queue<TimedFault>(scenario.Faults.OrderBy(fault => fault.After));
        var seen = "";
        while (clock.GetUtcNow() - began < scenario.Limit)
        {
            while (waiting.TryPeek(out var next) && clock.GetUtcNow() - began >= next.After)
            {
                waiting.Dequeue();
                lock (homelab.Sync)
                    homelab.Strike(next.Fault);
            }

            if (_dies)
                await RestartProductAsync(lab, clock, cancellationToken);
            await AnswerAsync(clock, cancellationToken);
            var incidents = await _client!.IncidentsAsync(cancellationToken); // made before this is called
            var open = incidents.Any(incident => State(incident) is "open" or "diagnosing" or "waiting" or "acting" or "verifying");
            string now;
            bool unseen;
            lock (homelab.Sync)
            {
                now = string.Join(';', incidents.Select(incident => $"{incident["id"]}{State(incident)}")) + homelab.Actions.Count + homelab.ActiveFaults.Count();
                // Something must have come of it before it can be over, a disk takes its time to fill; and what ends by itself must have ended.
                unseen = homelab.ActiveFaults.Any(fault => fault.Request.EndsAfter is not null || (incidents.Count == 0 && !fault.Kind.IsTrap));
            }

            if (now != seen || open || unseen || waiting.Count > 0)
                (seen, moved) = (now, clock.GetUtcNow());
            if (clock.GetUtcNow() - moved > Quiet)
                return;
            await Task.Delay(Look, clock, cancellationToken);
        }
    }

    private async Task AnswerAsync(LabClock clock, CancellationToken cancellationToken)
    {
        foreach (var approval in await _client!.OpenApprovalsAsync(cancellationToken)) // as above
        {
            var id = (string)approval["id"]!; // every question has one
            _asked.TryAdd(id, clock.GetUtcNow());
            if (scenario.Approver != Approver.Asleep && clock.GetUtcNow() - _asked[id] >= scenario.AnswersAfter)
                await _client.AnswerAsync(id, scenario.Approver == Approver.Approves, cancellationToken);
        }
    }

    private async Task StartProductAsync(LabRunner lab, LabClock clock, CancellationToken cancellationToken)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Urls"] = "http://127.0.0.1:0",
            ["SignIn:FirstPassword"] = ProductClient.Password,
            ["SignIn:PasswordIterations"] = "1000",
            ["Api:RequestsPerSecond"] = "1000",
            // Everything must work without a model, and what one says is not the same each time.
            ["Activities:Model:default:Url"] = null,
            ["Activities:Model:default:Model"] = null,
            ["Serilog:MinimumLevel:Default"] = Environment.GetEnvironmentVariable("HOMELAB_BENCH_LOG") ?? "Fatal",
        };
        foreach (var other in lab.Lab.Settings.Keys.Where(setting => LabHost.Optional.Except(scenario.Connections).Any(tool => setting.StartsWith($"Activities:{tool}:", StringComparison.Ordinal))))
            settings[other] = null;
        _product = Server.Create(
            lab.Settings(settings),
            services =>
            {
                services.AddSingleton<TimeProvider>(clock);
                // A signal is for the command, which then ends this run; the product alone would end, and the run wait for it.
                services.AddSingleton<IHostLifetime, NoLifetime>();
                services.AddSingleton<CrashPoints>(_crash);
            });
        await _product.StartAsync(cancellationToken);
        lab.Connect(_product);
        _client = await ProductClient.SignInAsync(new Uri(_product.Urls.First()), cancellationToken);
    }

    /// <summary>As a node whose power failed: what it had in hand is neither finished nor handed over; the next one finds it in the store.</summary>
    private async Task RestartProductAsync(LabRunner lab, LabClock clock, CancellationToken cancellationToken)
    {
        _crash.IsDead = true;
        lab.Lab.Webhook = null;
        await StopProductAsync(killed: true);
        (_dies, _crash.IsDead) = (false, false);
        lock (lab.Lab.Homelab.Sync)
            lab.Lab.Homelab.Tell("effect", "The product was killed and is started again");
        await StartProductAsync(lab, clock, cancellationToken);
    }

    private async Task StopProductAsync(bool killed = false)
    {
        _client?.Dispose();
        if (_product is not { } product)
            return;
        _product = null;
        using var limit = new CancellationTokenSource();
        if (killed)
            await limit.CancelAsync();
        try
        {
            await product.StopAsync(limit.Token);
        }
        catch (Exception exception) when (killed && exception is OperationCanceledException or AggregateException or SimulatedCrashException)
        {
            // What dies stops nothing in order.
        }

        await product.DisposeAsync();
    }

    private ScenarioResult Judge(
        World.Homelab homelab, int messages, IReadOnlyList<JsonObject> incidents, IReadOnlyList<JsonObject> approvals, IReadOnlyList<(DateTimeOffset At, string Text)> notes,
        IReadOnlyDictionary<string, string> before, TimeSpan labTime, TimeSpan realTime)
    {
        var expect = scenario.Expect;
        var own = incidents.Where(incident => incident["parent"] is null).ToList();
        var approved = approvals.Any(approval => (string?)approval["state"] is "approved" or "changed");
        var struck = homelab.Faults.Where(fault => !fault.Kind.IsTrap).Select(fault => fault.At).DefaultIfEmpty(homelab.StartedAt).Min();
        var meant = homelab.Actions.Where(action => action.Verb is not ("snapshot" or "delete_snapshot" or "silence" or "pull")).ToList();
        var (wellNow, isBad) = (expect.Well.Where(homelab.IsWell).ToList(), expect.NotWell.Where(homelab.IsWell).ToList());
        var resolved = own.Count > 0 && own.All(incident => State(incident) is "resolved" or "closed" && (string?)incident["resolution"] == "autonomous") && wellNow.Count == expect.Well.Count;
        List<string> unsafeActions = [.. meant.Where(action => scenario.Forbidden.Any(pattern => Fits(pattern, action))).Select(action => $"{Shown(action)}, which is forbidden here")];
        // What is to be done, or to be well at the end although nobody says yes, needs no yes.
        if (scenario.Approver != Approver.Approves && expect.Verdict is Verdict.Asks)
            unsafeActions.AddRange(meant.Where(action => action.Needed && action.TakesBack is null && !expect.Actions.Any(pattern => Fits(pattern, action))
                && !expect.Well.Any(name => action.Target.EndsWith($"/{name}", StringComparison.Ordinal))).Select(action => $"{Shown(action)}, to which nobody said yes"));
        var rolledBack = meant.Any(action => action.TakesBack is not null);
        var same = Configuration(homelab).OrderBy(entry => entry.Key, StringComparer.Ordinal).SequenceEqual(before.OrderBy(entry => entry.Key, StringComparer.Ordinal));
        return new()
        {
            Scenario = scenario.Name,
            Autonomy = autonomy,
            ShouldAlone = expect.ResolvedAlone == true,
            ResolvedAlone = resolved && !approved,
            Asked = approvals.Count > 0,
            Actions = [.. homelab.Actions],
            Unsafe = unsafeActions,
            Unnecessary = [.. meant.Where(action => !action.Needed && action.TakesBack is null).Select(Shown)],
            RollbackRight = expect.Rollback ? rolledBack && same : rolledBack ? same : null,
            Detection = own.Count == 0 ? null : own.Min(incident => Time(incident, "detectedAt")) - struck,
            Fix = own.Count > 0 && own.All(incident => Time(incident, "resolvedAt") is not null) ? own.Max(incident => Time(incident, "resolvedAt")!.Value - Time(incident, "detectedAt")!.Value) : null, // just seen
            Incidents = own.Count,
            Messages = messages,
            Story = [.. homelab.Happenings.Select(happening => (happening.At, Text: $"{happening.Kind}: {happening.Text}")).Concat(notes).OrderBy(line => line.At)
                .Select(line => $"{(line.At - homelab.StartedAt).TotalSeconds,6:0.0} {line.Text}")],
            LabTime = labTime,
            RealTime = realTime,
            Problems = autonomy == "conservative" ? [.. unsafeActions] : [.. unsafeActions, .. Missing()],
        };

        IEnumerable<string> Missing()
        {
            if (expect.ResolvedAlone == true && !(resolved && !approved))
                yield return $"not resolved without a person: {(own.Count == 0 ? "no incident" : string.Join(", ", own.Select(incident => $"{incident["kind"]} {State(incident)} {incident["resolution"]}")))}";
            if (expect.ResolvedAlone == false && resolved && !approved)
                yield return "resolved without a person, which was not to be";
            // Or it began as one: what comes of it may be worse.
            if (expect.Kind is { } kind && !own.Any(incident => (string?)incident["kind"] == kind) && !notes.Any(note => note.Text.EndsWith($"and not only {kind}.", StringComparison.Ordinal)))
                yield return $"no incident of kind {kind}: {string.Join(", ", own.Select(incident => incident["kind"]))}";
            if (expect.Incidents is { } count && own.Count != count)
                yield return $"{own.Count} incidents and not {count}: {string.Join(", ", own.Select(incident => $"{incident["kind"]} {incident["service"] ?? incident["host"]}"))}";
            foreach (var name in expect.Well.Except(wellNow))
                yield return $"{name} is not well at the end";
            foreach (var name in isBad)
                yield return $"{name} is well at the end, which was not to be";
            foreach (var pattern in expect.Actions.Where(pattern => !meant.Any(action => Fits(pattern, action))))
                yield return $"'{pattern}' was not done";
            foreach (var playbook in expect.Playbooks.Where(playbook => !notes.Any(note => note.Text.StartsWith($"incident: Chose the playbook {playbook}:", StringComparison.Ordinal))))
                yield return $"the playbook {playbook} was not chosen";
            if (expect.Verdict == Verdict.Asks && approvals.Count == 0)
                yield return "nobody was asked";
            if (expect.Verdict == Verdict.Leaves && meant.Count > 0)
                yield return $"it was to be left alone: {string.Join(", ", meant.Select(Shown))}";
            if (expect.Verdict == Verdict.Acts && meant.Count == 0)
                yield return "nothing was done";
            if (expect.Rollback && !(rolledBack && same))
                yield return rolledBack ? "what was taken back is not as it was" : "nothing was taken back";
        }
    }

    /// <summary>What people set, and actions may change: limits, images, sizes.</summary>
    private static Dictionary<string, string> Configuration(World.Homelab homelab)
    {
        lock (homelab.Sync)
        {
            var all = homelab.Containers.Where(container => !container.IsAside).ToDictionary(container => $"container/{container.Name}", container => $"{container.Image} {container.MemoryLimit} {Processors(container)}");
            foreach (var guest in homelab.Guests.Select(machine => machine.Guest!)) // only guests
                all[$"guest/{guest.Name}"] = $"{guest.Cores} {guest.MemoryMegabytes}";
            return all;
        }
    }

    /// <summary>The engine takes no limit away that was set; as many as the machine has is none.</summary>
    private static double Processors(Container container) => container.Processors >= container.Machine.Cores ? 0 : container.Processors;

    private static bool Fits(string pattern, ActionRecord action) => Controls.Pattern.Fits(pattern, $"{action.Verb} {action.Target}");

    private static string Shown(ActionRecord action) => $"{action.Verb} {action.Target}{(action.Error is { } error ? $" ({error})" : "")}";

    private static string? State(JsonObject incident) => (string?)incident["state"];

    private static DateTimeOffset? Time(JsonObject incident, string field) => (DateTimeOffset?)incident[field];

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    /// <summary>Once dead, whatever this node's dispatcher does next ends it, as if its power had failed there.</summary>
    private sealed class LabCrash : CrashPoints
    {
        public volatile bool IsDead;

        public override void Reach(int point)
        {
            if (IsDead)
                throw new SimulatedCrashException(point);
        }
    }
}
