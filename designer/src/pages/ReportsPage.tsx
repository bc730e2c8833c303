import { Anchor, Badge, Button, Group, Select } from '@mantine/core';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { api } from '../api/client';
import type { ReportDetail, ReportInfo } from '../api/types';
import { EmptyState } from '../parts/EmptyState';
import { ListTable } from '../parts/ListTable';
import { PageHeader } from '../parts/PageHeader';
import { Time } from '../parts/Time';
import { reportWord, scoreColor } from '../parts/reports';
import { useListing } from '../parts/useListing';
import { useSend } from '../parts/useSend';
import { useMay } from '../session/Session';

const kinds = ['daily', 'weekly', 'monthly'].map((value) => ({ value, label: reportWord(value) }));

export default function ReportsPage() {
  const list = useListing<ReportInfo>('reports', '/api/reports', ['kind']);
  const may = useMay();
  return (
    <>
      <PageHeader title="Reports">What happened, what was done, and what is worth a look: by the day, the week and the month.</PageHeader>
      <Group mb="md" align="flex-end">
        <Select
          label="Kind"
          placeholder="Any kind"
          clearable
          clearButtonProps={{ 'aria-label': 'Any kind' }}
          data={[...kinds, { value: 'now', label: reportWord('now') }]}
          value={list.search.get('kind')}
          onChange={(value) => list.set('kind', value)}
          style={{ flex: '1 1 150px', maxWidth: 220 }}
        />
        {may.operate && <MakeNow />}
      </Group>
      <ListTable
        caption="Reports"
        list={list}
        rowKey={(report) => report.id}
        columns={[
          {
            title: 'Report',
            render: (report) => (
              <Anchor component={Link} to={`/reports/${report.id}`} fw={500}>
                {reportWord(report.kind)}, {new Date(report.end).toLocaleDateString()}
              </Anchor>
            ),
          },
          {
            title: 'Health',
            render: (report) => (
              <Badge color={scoreColor(report.healthScore)} variant="light">
                {report.healthScore} of 100
              </Badge>
            ),
          },
          { title: 'Made', wide: true, render: (report) => <Time at={report.madeAt} /> },
          { title: 'For', wide: true, render: (report) => report.madeFor },
        ]}
        empty={<EmptyState title={list.filtered ? 'No report of this kind yet' : 'No report yet'}>The first daily report is made tomorrow morning; one can be made now, too.</EmptyState>}
      />
    </>
  );
}

function MakeNow() {
  const [kind, setKind] = useState('daily');
  const navigate = useNavigate();
  const make = useSend(() => api.post<ReportDetail>('/api/reports', { kind }), { refresh: ['reports'], onDone: (made) => void navigate(`/reports/${made.info.id}`) });
  return (
    <Group align="flex-end" gap="xs" ml="auto">
      <Select label="Make one now over" data={[{ value: 'daily', label: 'the last day' }, { value: 'weekly', label: 'the last week' }, { value: 'monthly', label: 'the last month' }]} value={kind} onChange={(value) => setKind(value ?? 'daily')} allowDeselect={false} w={170} />
      <Button onClick={() => make.mutate(undefined)} loading={make.isPending}>
        Make report
      </Button>
    </Group>
  );
}
