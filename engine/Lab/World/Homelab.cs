using System.Globalization;

namespace Homelab.Engine.Lab.World;

/// <summary>
/// The simulated homelab: what is there, what is wrong with it, what was done to it. The same seed, the same faults and the same actions at the same times give the
/// same history. Everything that touches it holds <see cref="Sync"/>.
/// </summary>
internal sealed partial class Homelab
{
    private const int KeptHappenings = 2000;

    private readonly Random _random;
    private readonly int _seed;
    private long _number;

    public Homelab(int seed, DateTimeOffset now)
    {
        (_seed, _random, Now, StartedAt) = (seed, new Random(seed), now, now);
        StandardHomelab.Build(this, seed, now);
    }

    public Lock Sync { get; } = new();

    /// <summary>The time of the last step.</summary>
    public DateTimeOffset Now { get; private set; }

    public DateTimeOffset StartedAt { get; }

    public List<Machine> Machines { get; } = [];

    public List<Container> Containers { get; } = [];

    /// <summary>Names of images that the engine has, beside what dangles.</summary>
    public List<string> Images { get; } = [];

    public Database Database { get; set; } = null!; // made by StandardHomelab in the constructor

    public List<Certificate> Certificates { get; } = [];

    public List<BackupJob> Backups { get; } = [];

    public List<Fault> Faults { get; } = [];

    public List<ActionRecord> Actions { get; } = [];

    public LinkedList<Happening> Happenings { get; } = [];

    /// <summary>Set by an action that kills the product; whoever runs the lab does it.</summary>
    public event Action? ProductDies;

    public IEnumerable<Fault> ActiveFaults => Faults.Where(fault => fault.IsActive);

    public IEnumerable<Machine> Guests => Machines.Where(machine => machine.Guest is not null);

    public List<Resolver> Resolvers { get; } = [];

    public IEnumerable<Unit> Units => Machines.SelectMany(machine => machine.Units);

    public Container? Container(string name) => Containers.FirstOrDefault(container => container.Name == name && !container.IsAside);

    public Machine? Machine(string name) => Machines.FirstOrDefault(machine => machine.Name == name);

    public Guest? Guest(string name) =>
        Guests.Select(machine => machine.Guest!).FirstOrDefault(guest => guest.Name == name || guest.Vmid.ToString(CultureInfo.InvariantCulture) == name);

    /// <param name="name">machine/unit, or the unit alone where only one machine has it.</param>
    public Unit? Unit(string name)
    {
        var parts = name.Split('/');
        return Units.FirstOrDefault(unit => (parts.Length == 1 || unit.Machine.Name == parts[0]) && unit.Name == parts[^1]);
    }

    public Container? Behind(string site) => Containers.FirstOrDefault(container => !container.IsAside && (container.Site == site || (container.Site is { } own && new Uri(own).Host == site)));

    /// <summary>It serves those who need it: it runs, nothing is broken in it, and all that it needs serves too.</summary>
    public bool Serves(Container container) =>
        container.IsRunning && container.Machine.IsReachable && !IsBroken(container) && container.Needs.All(Serves);

    public bool Serves(string need) => need switch
    {
        "postgresql" => Database.Unit.Works && Database.Machine.IsReachable && Database.Connections < Database.MaxConnections,
        _ => Container(need) is { } container && Serves(container),
    };

    /// <summary>Whether there is something of that name that can be well.</summary>
    public bool Has(string name) =>
        Container(name) is not null || Guest(name) is not null || Machine(name) is not null || Unit(name) is not null || Behind(name) is not null || name == "main" || Database.Tables.ContainsKey(name);

    /// <summary>Does a name of a scenario's target serve, whatever it is?</summary>
    public bool IsWell(string target) =>
        (Container(target) is not { } container || (Serves(container) && container.Health is null or "healthy"))
        && (Guest(target) is not { } guest || guest is { IsRunning: true, Node.IsUp: true })
        && (Unit(target) is not { } unit || unit.OneShot || unit.Works)
        && !ActiveFaults.Any(fault => !fault.Kind.IsTrap && fault.Target == target);

    public bool SiteAnswers(Container container) => Serves(container) && Container("traefik") is { } proxy && Serves(proxy);

    /// <summary>Seconds a request to it takes.</summary>
    public double SiteSeconds(Container container)
    {
        var slow = ActiveFaults.Where(fault => fault.Kind.Name == "service_slow" && (fault.Target == container.Name || container.Needs.Contains(fault.Target)))
            .Select(fault => fault.Amount).DefaultIfEmpty(0).Max();
        var busy = Math.Max(0, container.Machine.Load - 0.8) * 4;
        return 0.12 + slow + busy + (container.Name.Length % 5 * 0.01);
    }

    /// <summary>The same of a unit that serves by itself.</summary>
    public double SiteSeconds(Unit unit) => 0.12 + ActiveFaults.Where(fault => fault.Kind.Name == "service_slow" && fault.Target == $"{unit.Machine.Name}/{unit.Name}").Sum(fault => fault.Amount);

    /// <summary>Of a machine's memory, what its units took beside the ordinary.</summary>
    public double MemoryUse(Machine machine) => Math.Min(0.99, machine.MemoryUse + machine.Units.Sum(unit => (double)unit.Leaked / machine.Memory) + ((double)(machine.Guest?.MoreMemory ?? 0) / machine.Memory));

    /// <summary>A unit that fails or hangs and a container that serves nobody answer no question.</summary>
    public bool Answers(Resolver resolver) => resolver.Machine.IsReachable && (resolver.Kind == "unit"
        ? Unit($"{resolver.Machine.Name}/{resolver.Name}") is { Works: true } && !ActiveFaults.Any(fault => fault.Target == $"{resolver.Machine.Name}/{resolver.Name}" && fault.Kind.Name == "dns_hanging")
        : Container(resolver.Name) is { } container && Serves(container));

    public void Tell(string kind, string text)
    {
        Happenings.AddLast(new Happening(++_number, Now, kind, text));
        if (Happenings.Count > KeptHappenings)
            Happenings.RemoveFirst();
    }

    /// <summary>A name with what it stands for; a fault must strike something.</summary>
    /// <exception cref="ArgumentException">Says what is wrong with the request.</exception>
    public Fault Strike(FaultRequest request)
    {
        var kind = FaultKind.Find(request.Kind)
            ?? throw new ArgumentException($"There is no fault '{request.Kind}'; there are {string.Join(", ", FaultKind.All.Select(known => known.Name))}.");
        request = request with
        {
            Target = Resolve(kind, request.Target)
                ?? throw new ArgumentException($"The fault '{kind.Name}' strikes a {kind.On}, and '{request.Target}' is none of this homelab."),
        };
        var fault = new Fault(kind, request, $"{kind.Name}-{Faults.Count + 1}", Now);
        Faults.Add(fault);
        if (!kind.IsTrap)
            Tell("fault", $"{kind.Title}: {request.Target}");
        Begin(fault);
        return fault;
    }

    public void End(Fault fault, string by)
    {
        if (!fault.IsActive)
            return;
        (fault.EndedAt, fault.EndedBy) = (Now, by);
        Restore(fault);
        if (!fault.Kind.IsTrap)
            Tell("effect", $"{fault.Kind.Name} on {fault.Target} is over ({by})");
    }

    /// <summary>The one name of what a fault strikes, by which actions on it are told too; null when there is none.</summary>
    private string? Resolve(FaultKind kind, string target) => kind.On switch
    {
        "container" => Container(target)?.Name,
        "guest" => Guest(target)?.Name,
        "machine" => Machine(target)?.Name,
        "unit" => Unit(target) is { } unit ? $"{unit.Machine.Name}/{unit.Name}" : null,
        "site" when Unit(target) is { Site: not null } unit => $"{unit.Machine.Name}/{unit.Name}",
        "site" when kind.Name == "certificate_expiring" => (Behind(target) ?? Container(target))?.Site is { } site ? new Uri(site).Host : null,
        "site" => (Behind(target) ?? Container(target))?.Name,
        "table" => Database.Tables.ContainsKey(target) ? target : null,
        "database" => "main",
        _ => Unit(target) is { } some && target.Contains('/', StringComparison.Ordinal) ? $"{some.Machine.Name}/{some.Name}" : target,
    };

    private bool IsBroken(Container container) => ActiveFaults.Any(fault => fault.Target == container.Name && fault.Kind.Name switch
    {
        "container_unhealthy" or "lying_check_good" => true,
        "flapping" => (int)((Now - fault.At).TotalSeconds / fault.Amount) % 2 == 0,
        _ => false,
    });

    private double Noise(double width) => 1 + ((_random.NextDouble() - 0.5) * width);
}
